#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/44-connections.t - clients that are many, slow, silent or suddenly gone, and where they come in.

use strict;
use warnings;
use lib 't/lib';
use IO::Select;
use IO::Socket::IP;
use IO::Socket::SSL;
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep time);

use Postern::Client;
use Postern::Command qw(posternd run_command text_of);
use Postern::Config qw(quoted);
use Postern::Daemon;
use Postern::Poll qw(poll_until);
use Postern::Process qw(cpu_seconds_of);

sub connection_to {
    my ( $daemon, $listener, %ssl ) = @_;
    return Postern::Client->new( $daemon, $listener, %ssl );
}

sub session_with {
    my ( $daemon, $listener ) = @_;
    return Postern::Client->session( $daemon, $listener // 'lan' );
}

# Sessions that have just ended may still count for a moment.
sub session_soon {
    my ( $daemon, $listener ) = @_;
    return poll_until {
        eval { session_with( $daemon, $listener ) }
    };
}

sub in_message {
    my ($client) = @_;
    $client->must( 250, 'MAIL FROM:<a@example.org>' );
    $client->must( 250, 'RCPT TO:<b@example.net>' );
    $client->must( 354, 'DATA' );
    return $client;
}

sub resident_kib_of {
    my ($pid) = @_;
    return text_of("/proc/$pid/status") =~ /^VmRSS:\s+(\d+) kB$/m ? $1 : 0;
}

sub files_in_spool {
    my ($daemon) = @_;
    return join ' ', map { $daemon->spool->names_in($_) } qw(tmp new);
}

sub certificate_setting {
    my ( $daemon, $name ) = @_;
    my ( $certificate, $key ) = map { quoted( $daemon->path($_) ) } "$name.pem", "$name-key.pem";
    return "{ certificate = $certificate; key = $key; }";
}

subtest 'channels' => sub {
    my $daemon = Postern::Daemon->new( listeners => [qw(lan submissions clear)] );
    $daemon->set_listener( $_ => ( channels => '2' ) ) for qw(lan submissions);
    $daemon->start;
    for my $listener (qw(lan submissions)) {
        my @sessions = map { session_with( $daemon, $listener ) } 1 .. 2;
        my $third    = connection_to( $daemon, $listener );
        like(
            $third->reply,
            qr/^421 4\.3\.2 mail\.example\.org /,
            "$listener: one too many is told so"
        );
        is( $third->rest, '', "$listener: and that is all" );
        $daemon->wait_for_log(qr/ channels_full listener=$listener peer=127\.0\.0\.1 channels=2/);
        ok( session_with( $daemon, 'clear' ),
            "$listener: other listeners have channels of their own" );
        $_->must( 250, 'NOOP' ) for @sessions;
        ( shift @sessions )->must( 221, 'QUIT' );
        ok( session_soon( $daemon, $listener ), "$listener: when one goes another may come" );
    }
};

subtest 'channels of several workers' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['lan'],
        settings  => { workers => '3', drain_time => '"1 h"' }
    );
    $daemon->set_listener( lan => ( channels => '9' ) );
    $daemon->start;
    my @sessions = map { session_with($daemon) } 1 .. 9;
    like( connection_to( $daemon, 'lan' )->reply, qr/^421 4\.3\.2 /, 'count together' );
    $daemon->set_listener( lan => ( channels => '5' ) );
    ok( $daemon->reload, 'reload' );
    like(
        connection_to( $daemon, 'lan' )->reply,
        qr/^421 4\.3\.2 /,
        'those of old workers count too'
    );
    $_->must( 250, 'NOOP' ) for @sessions;
    pass('fewer channels end no session');
    $_->must( 221, 'QUIT' ) for splice @sessions, 0, 5;
    ok( session_soon($daemon), 'when enough have gone others may come' );
};

subtest 'waiting for a channel' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['lan'], settings => { workers => '2' } );
    $daemon->set_listener( lan => ( channels => '2', overload => '"backlog"' ) );
    $daemon->start;
    my @sessions = map { session_with($daemon) } 1 .. 2;
    my @waiting  = map { connection_to( $daemon, 'lan' ) } 1 .. 20;
    $daemon->wait_for_log(qr/ clients_wait listener=lan channels=2/);
    my $reader = IO::Select->new( map { $_->{socket} } @waiting );
    ok( !$reader->can_read(0.5), 'nobody is told anything meanwhile' );
    ( shift @sessions )->must( 221, 'QUIT' );
    ok( scalar $reader->can_read(10), 'when one goes the next comes' );
    ok( $daemon->reload, 'reload' );
    ( shift @sessions )->must( 221, 'QUIT' );
    my %is_served;
    ok(
        poll_until {
            for my $ready ( $reader->can_read(0) ) {
                my ($client) = grep { $_->{socket} == $ready } @waiting;
                $client->must(220);
                $client->must( 221, 'QUIT' );
                $reader->remove($ready);
                $is_served{$client} = 1;
            }
            keys %is_served == 20
        },
        'one after the other all are served, whichever workers have the channels'
    );
    unlike( $daemon->log, qr/ channels_full /, 'and none was refused' );
};

subtest 'clients that do not wait any longer' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['lan'] );
    $daemon->set_listener( lan => ( channels => '1', overload => '"backlog"' ) );
    $daemon->start;
    my $session = session_with($daemon);
    sleep 0.2;
    unlike( $daemon->log, qr/ clients_wait /, 'one client alone waits for nothing' );
    my @gone = map { connection_to( $daemon, 'lan' ) } 1 .. 100;
    my $last = connection_to( $daemon, 'lan' );
    undef @gone;
    my $began = time;
    $session->must( 221, 'QUIT' );
    $last->must(220);
    cmp_ok( time - $began, '<', 2, 'a hundred that have gone keep nobody from the channel' );
};

subtest 'channels of a worker that was killed' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['lan'] );
    $daemon->set_listener( lan => ( channels => '2' ) );
    $daemon->start;
    my @sessions = map { session_with($daemon) } 1 .. 2;
    kill KILL => $daemon->worker_of( $sessions[0]{greeting} );
    ok( session_soon($daemon), 'are free again' );
};

subtest 'a Unix-domain socket' => sub {
    my $daemon = Postern::Daemon->new( listeners => [qw(local lan)] )->start;
    my $path   = $daemon->place_of('local');
    is( ( stat $path )[2] & 0222, 0222, 'is open to whoever gets to it' );
    like( session_with( $daemon, 'local' )->submit("Subject: x\r\n"), qr/^250 /, 'serves' );
    my ($message) = $daemon->spool->messages;
    is( $message->{words}{peer}, "unix:$>", 'it is known who has sent a message' );

    my $other = Postern::Daemon->new( listeners => ['lan'] );
    $other->add_listener(
        { name => '"local"', path => quoted($path), auth => '"peer"', on_path => 1 } );
    $other->{places}{local} = $path;
    $other->write_config;
    my ( $exit, undef, $errors ) = run_command( posternd(), '-f', '-c', $other->config );
    is( $exit, 71, 'another server cannot take it away' );
    like( $errors, qr/\Q$path\E.*in use/, 'and says why' );
    $daemon->stop;
    $other->start;
    like( session_with( $other, 'local' )->submit("Subject: x\r\n"),
        qr/^250 /, 'when the first has gone it can' );
};

subtest 'certificates by name' => sub {
    my $daemon = Postern::Daemon->new( listeners => [qw(submissions submission)] );
    $daemon->make_certificate( 'other', 'other.example' );
    $daemon->make_certificate( 'wild',  '*.wild.example' );
    my @more = map { certificate_setting( $daemon, $_ ) } qw(other wild);
    $daemon->set( 'tls.certificates' => '( ' . join( ', ', @more ) . ' )' );
    $daemon->start;
    my %expected = (
        'other.example'     => 'other.example',
        'OTHER.example'     => 'other.example',
        'mail.wild.example' => '*.wild.example',
        'localhost'         => 'localhost',
        'unknown.example'   => 'localhost',
        ''                  => 'localhost',
    );
    for my $name ( sort keys %expected ) {
        my $client = connection_to(
            $daemon, 'submissions',
            SSL_hostname    => $name,
            SSL_verify_mode => SSL_VERIFY_NONE
        );
        is( $client->{socket}->peer_certificate('commonName'), $expected{$name}, "for \"$name\"" );
    }
    my $client = session_with( $daemon, 'submission' );
    $client->must( 220, 'STARTTLS' );
    $client->start_tls( SSL_hostname => 'other.example', SSL_verify_mode => SSL_VERIFY_NONE );
    is( $client->{socket}->peer_certificate('commonName'), 'other.example', 'behind STARTTLS too' );
};

subtest 'versions of TLS' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['submissions'] )->start;
    for my $version (qw(TLSv1_2 TLSv1_3)) {
        my $client = connection_to( $daemon, 'submissions', SSL_version => $version );
        is( $client->{socket}->get_sslversion, $version, $version );
    }
    my %old = ( SSL_version => 'TLSv1_1', SSL_cipher_list => 'ALL:@SECLEVEL=0' );
    ok( !eval { connection_to( $daemon, 'submissions', %old ) }, 'nothing older' );
    $daemon->set( 'tls.min_version' => '"1.3"' );
    ok( $daemon->reload, 'reload' );
    ok( connection_to( $daemon, 'submissions', SSL_version => 'TLSv1_3' ),
        'min_version 1.3 allows 1.3' );
    ok( !eval { connection_to( $daemon, 'submissions', SSL_version => 'TLSv1_2' ) },
        'and nothing less' );
    $daemon->wait_for_log(qr/ tls_failed session=\S+ peer=127\.0\.0\.1 /);
};

subtest 'clients that do not speak TLS' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['submissions'],
        settings  => { 'timeouts.handshake' => '"1 s"' }
    )->start;
    my %address = ( PeerAddr => '127.0.0.1', PeerPort => $daemon->place_of('submissions') );
    my $plain   = IO::Socket::INET->new(%address);
    print {$plain} "EHLO client.example\r\n";
    my $silent = IO::Socket::INET->new(%address);
    $daemon->wait_for_log(qr/ tls_failed .* reason="timed out"/);
    for my $client ( $plain, $silent ) {
        my $got = '';
        1 while sysread $client, $got, 1000, length $got;
        unlike( $got, qr/^\d{3}/m, 'get no reply, and are closed' );
    }
    ok( session_with( $daemon, 'submissions' ), 'others are served' );
};

subtest 'clients that vanish in the middle of a message' => sub {
    my $daemon = Postern::Daemon->new( listeners => [qw(lan submissions)] )->start;
    for my $listener (qw(lan submissions)) {
        for my $how (qw(close vanish)) {
            my @clients = map { session_with( $daemon, $listener ) } 1 .. 5;
            for my $client (@clients) {
                $client->must( 235, 'AUTH PLAIN ' . encode_base64( "\0alice\0secret", '' ) )
                  if $listener ne 'lan';
                in_message($client)->send( "Subject: half\r\n\r\n" . "a line of text\r\n" x 5000 );
            }
            $_->$how for @clients;
        }
    }
    ok( poll_until { 20 == ( () = $daemon->log =~ / session_end /g ) }, 'their sessions end' );
    is( files_in_spool($daemon), '', 'and leave nothing' );
};

# These come by a Unix-domain socket: it holds little, and always as much.  A TCP connection that is
# full in both directions may hang for reasons of its own.
#
# Sends what the server takes now, reading nothing; returns the rest.
sub send_some {
    my ( $client, $octets ) = @_;
    while ( my $sent = $client->{socket}->syswrite( $octets, 65_536 ) ) {
        substr( $octets, 0, $sent, '' );
    }
    return $octets;
}

# The same, until the server takes nothing for a while.
sub send_without_reading {
    my ( $client, $octets ) = @_;
    $octets = send_some( $client, $octets )
      while length $octets && IO::Select->new( $client->{socket} )->can_write(1);
    return $octets;
}

subtest 'a client that does not read its replies for a while' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['local'],
        settings  => { 'limits.idle_commands' => '50000' }
    )->start;
    my $client = session_with( $daemon, 'local' );
    my $worker = $daemon->worker_of( $client->greeting );
    my $before = resident_kib_of($worker);
    my $rest   = send_without_reading( $client, "HELP\r\n" x 50_000 );
    cmp_ok( length $rest,                       '>', 0,    'is not read from either' );
  SKIP: {
        skip 'what is freed is kept with sanitizers', 1
          if ( $ENV{POSTERN_BUILD} // '' ) =~ /asan/;
        cmp_ok( resident_kib_of($worker) - $before, '<', 2048, 'costs little memory' );
    }
    ok( session_with( $daemon, 'local' ), 'others are served' );
    $client->send($rest);
    my $replies = $client->rest;
    is( scalar( () = $replies =~ /^214 /mg ), 49_999, 'in the end it gets every reply' );
    like( $replies, qr/^421 4\.7\.0 .*\r\n\z/m, 'and the last one before the server closes' );
};

subtest 'a client that never reads its replies' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['local'],
        settings  => { 'limits.idle_commands' => '50000', 'timeouts.write' => '"1 s"' }
    )->start;
    my $client = session_with( $daemon, 'local' );
    my $rest   = "HELP\r\n" x 50_000;
    ok(
        poll_until {
            $rest = send_some( $client, $rest );
            $daemon->log =~ / session_end .*"client does not read"/
        },
        'is given up'
    );
};

# Past DATA, with more recipients than there may be replies that wait to be sent.
sub in_message_to_many {
    my ($daemon) = @_;
    my $client = connection_to( $daemon, 'lmtp' );
    $client->must(220);
    $client->must( 250, 'LHLO client.example' );
    $client->must( 250, 'MAIL FROM:<a@example.org>' );
    $client->must( 250, "RCPT TO:<r$_\@example.net>" ) for 1 .. 1000;
    $client->must( 354, 'DATA' );
    return $client;
}

# RFC 2033 4.2.
subtest 'a reply for each of many recipients' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['lmtp'] )->start;
    my $client = in_message_to_many($daemon);
    $client->send("x\r\n.\r\n");
    shutdown $client->{socket}, 1;
    is( scalar( () = $client->rest =~ /^250 /mg ), 1000, 'though the client sends no more' );
    $client = in_message_to_many($daemon);
    $client->send("x\r\n.\r\n");
    $daemon->signal('TERM');
    is( scalar( () = $client->rest =~ /^250 /mg ), 1000, 'though the server stops' );
};

# A worker that waited for them would have to be killed.
subtest 'clients that stay after a goodbye do not hold up a stop' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['lan'],
        settings  => { drain_time => '"1 s"' },
    )->start;
    my @clients = map { connection_to( $daemon, 'lan' ) } 1 .. 3;
    for my $client (@clients) {
        $client->must(220);
        $client->must( 250, 'EHLO client.example' );
        $client->must( 250, 'MAIL FROM:<a@example.org>' );
    }
    like( $daemon->signal_and_wait( 'TERM', 'worker_ended' ),
        qr/ status="exit 0"/, 'the worker ends by itself' );
};

subtest 'wrong passwords' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['clear'],
        settings  => { 'auth.failure_delay' => '"1 s"' }
    )->start;
    my %sessions = map { $_ => session_with( $daemon, 'clear' ) } qw(alice mallory);
    my $begun    = time;
    $sessions{$_}->send_lines( 'AUTH PLAIN ' . encode_base64( "\0$_\0wrong", '' ) )
      for keys %sessions;
    session_with( $daemon, 'clear' )
      ->must( 235, 'AUTH PLAIN ' . encode_base64( "\0alice\0secret", '' ) );
    ok( !$_->fill, 'others do not wait for them' ) for values %sessions;
    for my $name ( sort keys %sessions ) {
        like( $sessions{$name}->reply, qr/^535 5\.7\.8 /, "$name is refused" );
        cmp_ok( time - $begun, '>=', 0.99, 'after a while' );
    }
};

subtest 'IPv6' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['lan'],
        settings  => { clients => '[ "::1", "127.0.0.1" ]' }
    );
    my $port = $daemon->place_of('lan');
    $daemon->set_listener( lan => ( address => '"*"' ) );
    $daemon->start;
    my $socket = IO::Socket::IP->new( PeerHost => '::1', PeerPort => $port, Timeout => 10 )
      or plan skip_all => 'there is no IPv6 here';
    my $client = Postern::Client->on_socket( $daemon, $socket );
    $client->must(220);
    $client->must( 250, 'EHLO client.example' );
    like( $client->submit("Subject: x\r\n"), qr/^250 /, 'a client that comes by IPv6' );
    like( session_with($daemon)->submit("Subject: y\r\n"), qr/^250 /,
        'and one that comes by IPv4' );
    my ( $six, $four ) = $daemon->spool->messages;
    is( $six->{words}{peer}, '::1', 'are known by their addresses' );
    like(
        $six->{received},
        qr/^Received: from client\.example \(\[IPv6:::1\]\)/,
        'in Received too'
    );
    is( $four->{words}{peer}, '127.0.0.1', 'as they are written' );
};

subtest 'no more descriptors' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['lan'],
        settings  => { 'spool.engine' => '"file"' },    # a journal needs none for a message
        files     => 40
    )->start;
    my $early  = session_with($daemon);
    my $worker = $daemon->worker_of( $early->greeting );
    $early->must( 250, 'MAIL FROM:<a@example.org>' );
    $early->must( 250, 'RCPT TO:<b@example.net>' );
    my @clients = map { connection_to( $daemon, 'lan' ) } 1 .. 60;
    $daemon->wait_for_log(qr/ alert accept_paused reason="Too many open files"/);
    like( $early->command('DATA'), qr/^451 4\.3\.0 /, 'no message can be written' );
    my $used = cpu_seconds_of($worker);
    sleep 1;
    cmp_ok( cpu_seconds_of($worker) - $used, '<', 0.3, 'it waits, and does not spin' );
    is( scalar( () = $daemon->log =~ / accept_paused /g ), 1, 'it says so once' );
    my @served = grep { $_->fill } @clients;
    cmp_ok( scalar @served, '>', 5,  'some clients are served' );
    cmp_ok( scalar @served, '<', 50, 'some wait' );
    $_->close for @served;
    my @waiting = grep { $_->{socket} } @clients;
    ok(
        poll_until {
            grep { $_->fill } @waiting
        },
        'when some go others are served'
    );
    $_->close for @waiting;
    ok( poll_until { $early->command('DATA') =~ /^354 / }, 'and messages can be written again' );
    $early->send("Subject: x\r\n.\r\n");
    like( $early->reply, qr/^250 /, 'to their end' );
};

done_testing;
