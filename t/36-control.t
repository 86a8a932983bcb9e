#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/36-control.t - posternctl and the socket that it talks to.

use strict;
use warnings;
use File::Copy qw(copy);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use Postern::Client;
use Postern::Command qw(posternd run_command text_of);
use Postern::Config qw(quoted);
use Postern::Control qw(posternctl with_control control_socket ctl ctl_json counter_of
  control_connection reply_to rest_of);
use Postern::Daemon;
use Postern::Poll qw(poll_until);
use Postern::Process qw(any_running children_of);

sub daemon_with {
    my (%options) = @_;
    return with_control( Postern::Daemon->new( listeners => ['lan'], %options ) );
}

sub session_with {
    my ( $daemon, $listener ) = @_;
    return Postern::Client->session( $daemon, $listener // 'lan' );
}

sub exit_of_status_at {
    my ($socket) = @_;
    return ( run_command( posternctl(), '-s', $socket, 'status' ) )[0];
}

# When that generation is in force.  The controller of the one before answers a moment longer than
# its workers let clients in.
sub status_of {
    my ( $daemon, $generation ) = @_;
    my $status;
    poll_until {
        $status = ctl_json( $daemon, 'status' );
        $status->{generation} == $generation
    };
    return $status->{generation} == $generation ? $status : undef;
}

sub exit_of_status { return exit_of_status_at( control_socket(shift) ) }

# The session's name, and with it the message's.
sub session_of {
    my ($client) = @_;
    return $client->greeting =~ /(\S+)$/ ? $1 : die "no session\n";
}

sub message_in {
    my ($reply) = @_;
    return $reply =~ /^250 2\.0\.0 Queued as (\S+)/ ? $1 : die "not accepted: $reply\n";
}

# The process that answers, which logs what it is asked for.
sub controller_of {
    my ($daemon) = @_;
    my $mark = $daemon->mark;
    ctl( $daemon, qw(trace 192.0.2.1 0) );
    my $line = $daemon->wait_for_log( qr/ info trace /, $mark );
    return $line =~ /posternd\[(\d+)\]/ ? $1 : die "no process in the log\n";
}

# ---- Looking

subtest 'status says what was done' => sub {
    my $daemon = with_control( Postern::Daemon->new( listeners => [qw(lan clear submissions)] ) );
    $daemon->set_listener( lan => ( channels => '7' ) );
    my $begun = time;
    $daemon->start;
    my $client = session_with($daemon);
    $client->submit("Subject: x\r\n\r\ntext\r\n") for 1 .. 3;
    $client->submit( "Subject: x\r\n", 'a@example.net', 'b@example.net' );
    like( $client->command('MAIL FROM:<@>'), qr/^5/, 'a wrong command' );
    my $tls = Postern::Client->new( $daemon, 'submissions' );
    $tls->log_in( alice => 'secret' );
    my $wrong = Postern::Client->session( $daemon, 'clear' );
    like( $wrong->command('AUTH PLAIN AGFsaWNlAHdyb25n'), qr/^535 /, 'a wrong password' );
    $wrong->must( 221, 'QUIT' );

    my $ended = sub { counter_of( ctl_json( $daemon, 'status' ), 'postern_sessions_ended_total' ) };
    ok( poll_until { $ended->() == 1 },
        'one session is over' );
    my $status = ctl_json( $daemon, 'status' );
    is( $status->{pid},        $daemon->pid, 'pid' );
    is( $status->{generation}, 1,            'generation' );
    is( $status->{workers},    1,            'workers' );
    is( $status->{draining},   0,            'draining' );
    cmp_ok( abs( $status->{started} - $begun ), '<', 30, 'started' );
    cmp_ok( $status->{uptime_seconds},          '<', 60, 'uptime' );
    like( $status->{version}, qr/^\d/, 'version' );
    my ($version) = ( run_command( posternctl(), '--version' ) )[1] =~ /^posternctl (\S+)$/;
    is( $status->{version}, $version, 'that of posternctl' );

    my %of = map { $_->{name} => $_ } @{ $status->{listeners} };
    is_deeply( [ sort keys %of ], [qw(clear lan submissions)], 'listeners' );
    is( $of{lan}{place},            '127.0.0.1 ' . $daemon->place_of('lan'), 'its place' );
    is( $of{lan}{limit},            7,                                        'its channels' );
    is( $of{lan}{channels},         1, 'one is in use' );
    is( $of{submissions}{channels}, 1, 'and one there' );
    is( $of{clear}{channels},       0, 'none here' );

    my %expected = (
        'postern_connections_total result="served"'        => 3,
        'postern_connections_total result="over_channels"' => 0,
        'postern_messages_total result="accepted"'         => 4,
        'postern_messages_total result="failed"'           => 0,
        'postern_recipients_total'                         => 5,
        'postern_logins_total result="valid"'              => 1,
        'postern_logins_total result="invalid"'            => 1,
        'postern_tls_handshakes_total version="1.3"'       => 1,
        'postern_tls_handshakes_total version="failed"'    => 0,
        'postern_replies_total class="3xx"'                => 4,
    );
    is( counter_of( $status, split / /, $_ ), $expected{$_}, $_ ) for sort keys %expected;
    is( $status->{spool}{new},   4, 'messages in the spool' );
    is( $status->{spool}{taken}, 0, 'none is taken' );
    cmp_ok( $status->{spool}{free_bytes},   '>', 0, 'free space' );
    cmp_ok( $status->{messages_per_minute}, '>', 0, 'a rate' );
    my $days = ( $status->{certificate_expires} - time ) / 86400;
    ok( $days > 29 && $days < 31, 'the certificate ends in 30 days' );

    my ( $exit, $out ) = ctl( $daemon, 'status' );
    is( $exit, 0, 'for people' );
    like( $out, qr/^posternd  \Q$version\E, generation 1, pid @{[ $daemon->pid ]}, up 00:00:/m,
        'itself' );
    like( $out, qr/^messages  4 accepted \(\d+\.\d a minute\), 0 refused, 0 failed$/m, 'messages' );
    like( $out, qr/^logins    1 valid, 1 invalid, 0 without an answer$/m,               'logins' );
    like( $out, qr/^lan +127\.0\.0\.1 \d+ +1 +7 +yes +always kept ready$/m, 'a listener' );
};

subtest 'refusals are counted' => sub {
    my $daemon = daemon_with( listeners => [qw(lan mx)] );
    $daemon->set_listener( lan => ( channels => '1' ) );
    $daemon->start;
    my $client = session_with($daemon);
    my $refused = Postern::Client->new( $daemon, 'lan' );
    like( $refused->rest, qr/^421 /, 'no channel' );
    my $stranger = session_with( $daemon, 'mx' );
    $stranger->must( 250, 'MAIL FROM:<a@example.net>' );
    like( $stranger->command('RCPT TO:<b@example.net>'), qr/^55\d /, 'no relay' );
    $stranger->must( 250, 'RCPT TO:<b@example.org>' );
    $stranger->must( 354, 'DATA' );
    $stranger->send("Subject: x\r\n\r\na\nb\r\n.\r\n");
    like( $stranger->reply, qr/^5/, 'a bare LF' );
    my $status = ctl_json( $daemon, 'status' );
    is( counter_of( $status, 'postern_connections_total', 'result="over_channels"' ), 1,
        'channels' );
    is( counter_of( $status, 'postern_refusals_total', 'command="RCPT"' ), 1, 'recipients' );
    is( counter_of( $status, 'postern_refusals_total', 'command="DATA"' ), 1, 'messages' );
    is( counter_of( $status, 'postern_messages_total', 'result="accepted"' ), 0, 'none accepted' );
};

subtest 'sessions, each at something else' => sub {
    my $daemon = with_control( Postern::Daemon->new( listeners => [qw(lan submissions local)] ) );
    $daemon->start;
    my $waiting = session_with($daemon);
    $waiting->submit("Subject: x\r\n") for 1 .. 2;
    my $sending = session_with($daemon);
    $sending->must( 250, 'MAIL FROM:<a@example.org>' );
    my $writing = session_with( $daemon, 'local' );
    $writing->must( 250, 'MAIL FROM:<a@example.org>' );
    $writing->must( 250, 'RCPT TO:<b@example.org>' );
    $writing->must( 354, 'DATA' );
    $writing->send("Subject: x\r\n");
    my $logged_in = Postern::Client->new( $daemon, 'submissions' );
    $logged_in->log_in( alice => 'secret' );
    my $opening = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1',
        PeerPort => $daemon->place_of('submissions')
    );
    my $sessions;
    ok( poll_until { $sessions = ctl_json( $daemon, 'sessions' )->{sessions}; @$sessions == 5 },
        'all are there' );
    my %of = map { $_->{session} => $_ } @$sessions;
    my $is = sub {
        my ( $client, $name, %expected ) = @_;
        my $session = $of{ session_of($client) } // {};
        is_deeply( { map { $_ => $session->{$_} } keys %expected }, \%expected, $name );
    };
    my ( $no, $yes ) = ( JSON::PP::false, JSON::PP::true );
    my %lan = ( listener => 'lan', peer => '127.0.0.1', login => '', tls => $no );
    $is->( $waiting, 'waiting',     activity => 'waiting',     messages => 2, %lan );
    $is->( $sending, 'transaction', activity => 'transaction', messages => 0, %lan );
    $is->( $writing, 'text', activity => 'text', listener => 'local', tls => $no );
    my ($with_login) = grep { $_->{login} eq 'alice' } @$sessions;
    is( $with_login->{activity}, 'waiting',     'one has logged in' );
    is( $with_login->{listener}, 'submissions', 'there' );
    ok( $with_login->{tls}, 'under TLS' );
    my ($opened) = grep { $_->{activity} eq 'opening' } @$sessions;
    is( $opened->{listener}, 'submissions', 'one has not begun its handshake' );
    ok( !$opened->{tls}, 'so it is not under TLS' );
    my @begun = map { $_->{begun} } @$sessions;
    is_deeply( \@begun, [ sort { $a <=> $b } @begun ], 'the oldest first' );

    my ( $exit, $out ) = ctl( $daemon, 'sessions' );
    my $name = session_of($waiting);
    like( $out, qr/^SESSION +AGE +PEER +LISTENER +TLS +ACTIVITY +MESSAGES +LOGIN$/m, 'for people' );
    like( $out, qr/^$name +00:00:\d\d +127\.0\.0\.1 +lan +no +waiting +2 +-$/m, 'one of them' );

    $writing->send(".\r\n");
    like( $writing->reply, qr/^250 /, 'the text ends' );
    ok( poll_until { activity_of( $daemon, $writing ) eq 'waiting' }, 'and it waits' );
    $sending->must( 250, 'RSET' );
    is( activity_of( $daemon, $sending ), 'waiting', 'after RSET too' );
    $_->close for $waiting, $sending, $writing, $logged_in;
    close $opening;
    ok( poll_until { !@{ ctl_json( $daemon, 'sessions' )->{sessions} } }, 'then nobody is there' );
};

sub activity_of {
    my ( $daemon, $client ) = @_;
    my ($session) = grep { $_->{session} eq session_of($client) }
      @{ ctl_json( $daemon, 'sessions' )->{sessions} };
    return $session ? $session->{activity} : 'gone';
}

subtest 'sessions of a worker that was killed' => sub {
    my $daemon = daemon_with()->start;
    my $client = session_with($daemon);
    is( scalar @{ ctl_json( $daemon, 'sessions' )->{sessions} }, 1, 'one session' );
    kill KILL => $daemon->worker_of( $client->greeting );
    $client->rest;
    ok( poll_until { !@{ ctl_json( $daemon, 'sessions' )->{sessions} } }, 'gone' );
    ok( poll_until { ctl_json( $daemon, 'status' )->{workers} == 1 },     'a new worker is there' );
    is( ctl_json( $daemon, 'status' )->{listeners}[0]{channels}, 0, 'no channel is in use' );
    my $next = session_with($daemon);
    is_deeply( [ map { $_->{session} } @{ ctl_json( $daemon, 'sessions' )->{sessions} } ],
        [ session_of($next) ], 'the next one is shown' );
};

subtest 'top' => sub {
    my $daemon = daemon_with()->start;
    my $client = session_with($daemon);
    my $name   = session_of($client);
    my $pid    = open( my $out, '-|', posternctl(),
        '-s', control_socket($daemon), qw(top 1) ) // die;
    my $text   = '';
    poll_until {
        sysread( $out, $text, 65536, length $text );
        ( () = $text =~ /^posternd /mg ) >= 2;
    };
    kill TERM => $pid;
    close $out;
    is( () = $text =~ /^posternd  /mg, 2, 'shows the status again' );
    like( $text, qr/^LISTENER .*\n.*\n\nSESSION .*\n$name .*\nposternd /m, 'and the sessions' );
    unlike( $text, qr/\e/, 'without clearing what is no terminal' );
    $pid = open( $out, '-|', posternctl(), '-s', control_socket($daemon), qw(--json top 1) ) // die;
    my @lines = map { JSON::PP->new->utf8->decode( scalar <$out> ) } 1 .. 3;
    kill TERM => $pid;
    close $out;
    is_deeply( [ map { $_->{sessions} ? 'sessions' : 'status' } @lines ],
        [qw(status sessions status)], 'in JSON too, each in a line' );
    for my $seconds (qw(0 x -1 1.5)) {
        my ( $exit, undef, $error ) = ctl( $daemon, '--', 'top', $seconds );
        is( $exit, 64, "top $seconds" );
    }
    $daemon->stop;
    is( ( ctl( $daemon, 'top' ) )[0], 69, 'ends when nobody answers' );
};

# ---- Doing

subtest 'trace' => sub {
    my $daemon = daemon_with()->start;
    my ( $exit, $out ) = ctl( $daemon, qw(trace 192.0.2.1) );
    is( $exit, 0, 'an address' );
    is( $out, "sessions with 192.0.2.1 are logged in full for 300 seconds\n", 'the reply' );
    $daemon->wait_for_log(qr/ info trace peer=192\.0\.2\.1 seconds=300$/m);
    ( $exit, $out ) = ctl( $daemon, qw(trace 2001:DB8::1 60) );
    is( $out, "sessions with 2001:db8::1 are logged in full for 60 seconds\n",
        'of the other kind' );
    for my $address (qw(192.0.2 example.org 192.0.2.1/24 ::g)) {
        ( $exit, undef, my $error ) = ctl( $daemon, 'trace', $address );
        is( $exit,  1,                                              "$address is refused" );
        is( $error, "posternctl: $address is not an IP address\n", 'as none' );
    }
    is( ( ctl( $daemon, 'trace', "192.0.2.$_" ) )[0], 0, "192.0.2.$_" ) for 2 .. 15;
    ( $exit, undef, my $error ) = ctl( $daemon, qw(trace 192.0.2.16) );
    is( $exit, 1, 'the 17th' );
    like( $error, qr/there are 16 traces already/, 'and why' );
    is( ( ctl( $daemon, qw(trace 192.0.2.3 600) ) )[0], 0, 'one that is there, again' );
    is( ( ctl( $daemon, qw(trace 192.0.2.3 0) ) )[0],   0, 'one ends' );
    is( ( ctl( $daemon, qw(trace 192.0.2.16) ) )[0],    0, 'and leaves its place to another' );
};

subtest 'reload' => sub {
    my $daemon = daemon_with()->start;
    my $open   = session_with($daemon);
    $daemon->set( 'limits.message_size' => '"1 MiB"' );
    my ( $exit, $out ) = ctl( $daemon, 'reload' );
    is( $exit, 0,                                    'is done' );
    is( $out,  "the new configuration is in force\n", 'and says so' );
    like( session_with($daemon)->command('EHLO x.example'), qr/^250-SIZE 1048576$/m, 'when it is' );
    my $status = ctl_json( $daemon, 'status' );
    is( $status->{generation}, 2, 'the second generation' );
    is( $status->{workers},    1, 'serves' );
    is( $status->{draining},   1, 'the first one drains' );
    $open->must( 221, 'QUIT' );
    ok( poll_until { ctl_json( $daemon, 'status' )->{draining} == 0 },
        'until its session is over' );

    $daemon->set( 'limits.recipients' => '"many"' );
    ( $exit, $out, my $error ) = ctl( $daemon, 'reload' );
    is( $exit, 1, 'a wrong file' );
    is( $out, '', 'says nothing to standard output' );
    like( $error, qr/^posternctl: \S*postern\.conf:\d+: limits\.recipients: /,
        'and what is wrong' );
    $daemon->set( 'limits.recipients' => '"many"', 'spool.pth' => '"x"' );
    like( ( ctl( $daemon, 'reload' ) )[2], qr/postern\.conf:\d+: .* \(and 1 more\)$/, 'how much' );
    $daemon->set( 'limits.recipients' => undef, 'spool.pth' => undef );
    my $taken = IO::Socket::INET->new( LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1 );
    $daemon->add_listener(
        { name => '"taken"', tls => '"none"', auth => '"clients"', port => $taken->sockport } );
    ( $exit, undef, $error ) = ctl( $daemon, 'reload' );
    is( $exit, 1, 'a port that is taken' );
    like( $error, qr/listener taken: .*Address already in use/, 'is what it says' );
    is( ctl_json( $daemon, 'status' )->{generation}, 2, 'the second generation still serves' );
    $daemon->remove_listener('taken');
    is( ( ctl( $daemon, 'reload' ) )[0], 0, 'with the right file all is well' );
};

# Looked at every five seconds, and it must have come to rest.
subtest 'tls.watch' => sub {
    my $daemon =
      daemon_with( listeners => ['submissions'], settings => { 'tls.watch' => 'true' } );
    $daemon->start;
    my $session = Postern::Client->new( $daemon, 'submissions' );
    $daemon->make_certificate( 'cert', 'localhost' );
    $daemon->wait_for_log(qr/ info tls_files_changed$/m);
    $daemon->wait_for_log(qr/ serving generation=2 /);
    ok( Postern::Client->new( $daemon, 'submissions' ), 'the certificate on disk is in use' );
    sleep 11;
    is( ctl_json( $daemon, 'status' )->{generation}, 2, 'and read once' );
};

# Each is told of a configuration that was read after it had asked, and no sooner.
subtest 'reload by many at once' => sub {
    my $daemon = daemon_with()->start;
    my %size_of;
    my $select = IO::Select->new;
    for my $size ( 1 .. 40 ) {
        $daemon->set( 'limits.message_size' => qq{"$size MiB"} );
        my $socket = control_connection($daemon);
        syswrite $socket, "reload\n";
        $size_of{$socket} = $size;
        $select->add($socket);
        sleep 0.005;
    }
    my $too_soon = 0;
    while ( $select->count ) {
        my @answered = $select->can_read(30) or last;
        my ($offered) = session_with($daemon)->command('EHLO x.example') =~ /^250-SIZE (\d+)$/m;
        for my $socket (@answered) {
            $select->remove($socket);
            ++$too_soon if $offered < $size_of{$socket} << 20;
            my $reply = rest_of($socket);
            is( $reply, "ok\nthe new configuration is in force\n", "reload $size_of{$socket}" )
              if $reply !~ /^ok\n/;
        }
    }
    is( $select->count, 0, 'all are answered' );
    is( $too_soon,      0, 'none before its configuration is in force' );
};

subtest 'drain' => sub {
    my $daemon = daemon_with( settings => { drain_time => '"1 h"' } )->start;
    my $open   = session_with($daemon);
    $open->must( 250, 'MAIL FROM:<a@example.org>' );
    my ( $exit, $out ) = ctl( $daemon, 'drain' );
    is( $exit, 0,                                            'drain' );
    is( $out,  "the server ends when its sessions have\n", 'says what it does' );
    $daemon->wait_for_log(qr/ stopping /);
    ok( !$daemon->has_ended, 'it waits for the session' );
    is( scalar @{ ctl_json( $daemon, 'sessions' )->{sessions} }, 1, 'which it still shows' );
    $open->must( 250, 'RCPT TO:<b@example.net>' );
    $open->must( 354, 'DATA' );
    $open->send("Subject: x\r\n.\r\n");
    like( $open->reply, qr/^250 /, 'which comes to its end' );
    is( $daemon->wait_for_end, 0, 'then it ends' );
};

subtest 'spool' => sub {
    my $daemon = daemon_with()->start;
    my ( $exit, $out ) = ctl( $daemon, qw(spool list) );
    is( $out, "MESSAGE  AGE  SIZE  TAKEN  FROM  TO\n", 'is empty' );
    is_deeply( ctl_json( $daemon, qw(spool list) ), { messages => [], more => 0 },
        'in JSON too' );
    my $client = session_with($daemon);
    my @ids    = map { message_in( $client->submit( "Subject: $_\r\n\r\ntext $_\r\n", @$_ ) ) }
      ['a@example.net'], [ 'a@example.net', 'b@example.net' ], ['c@example.net'];
    my @names = $daemon->spool->names_in('new');
    is( scalar @names, 3, 'three messages' );

    my $list = ctl_json( $daemon, qw(spool list) )->{messages};
    is_deeply( [ map { $_->{message} } @$list ], \@ids, 'are listed, the oldest first' );
    is_deeply( [ map { $_->{file} } @$list ], [ map { "new/$_" } @names ], 'with their files' );
    is( $list->[1]{from}, 'alice@example.org', 'from' );
    is_deeply( $list->[1]{to}, [ 'a@example.net', 'b@example.net' ], 'to' );
    is( $list->[1]{bytes}, -s $daemon->path("spool/new/$names[1]"), 'their size' );
    ok( !$list->[1]{taken}, 'nobody has taken it' );
    ( $exit, $out ) = ctl( $daemon, qw(spool list) );
    like(
        $out,
        qr/^$ids[1] +00:00:\d\d +\d+ octets +no +<alice\@example\.org> +<a\@\S+> and 1 more$/m,
        'for people'
    );

    ( $exit, $out ) = ctl( $daemon, qw(spool show), $ids[0] );
    is( $exit, 0,                                          'show' );
    is( $out,  $daemon->spool->content("new/$names[0]"), 'is the file as it is' );

    ( $exit, undef, my $error ) = ctl( $daemon, qw(spool release), $ids[1] );
    is( $exit,  1,                                              'release of what nobody has' );
    is( $error, "posternctl: nobody has taken that message\n", 'is refused' );
    rename $daemon->path("spool/new/$names[1]"), $daemon->path("spool/cur/$names[1]:2,S")
      or die "rename: $!\n";
    $list = ctl_json( $daemon, qw(spool list) )->{messages};
    ok( $list->[1]{taken}, 'one is taken' );
    is( $list->[1]{message}, $ids[1], 'that one' );
    like( ( ctl( $daemon, qw(spool list) ) )[1], qr/^$ids[1] .* yes /m, 'for people too' );
    ok( poll_until { ctl_json( $daemon, 'status' )->{spool}{taken} == 1 }, 'and counted' );
    ( $exit, $out ) = ctl( $daemon, qw(spool release), $ids[1] );
    is( $out, "released\n", 'release' );
    is_deeply( [ $daemon->spool->names_in('new') ], \@names, 'puts it back' );
    is( scalar $daemon->spool->names_in('cur'), 0, 'it is taken no more' );
    $daemon->wait_for_log(qr/ info spool_released message=\Q$ids[1]\E$/m);

    ( $exit, $out ) = ctl( $daemon, qw(spool remove), $ids[2] );
    is( $out, "removed\n", 'remove' );
    is_deeply( [ $daemon->spool->names_in('new') ], [ @names[ 0, 1 ] ], 'takes it away' );
    $daemon->wait_for_log(qr/ warning spool_removed message=\Q$ids[2]\E$/m);
    for my $verb (qw(show release remove)) {
        ( $exit, undef, $error ) = ctl( $daemon, 'spool', $verb, $ids[2] );
        is( $exit, 1, "$verb of one that is gone" );
        is( $error, "posternctl: there is no message $ids[2] in the spool\n", 'says so' );
    }
    is( ( ctl( $daemon, qw(spool remove ../../cert) ) )[0], 1, 'what is no message is none' );
};

# ---- Wrong requests

subtest 'wrong requests' => sub {
    my $daemon = daemon_with()->start;
    my $none   = qr/\Aerror no such command; there are [^\n]*\n\z/;
    like( reply_to( $daemon, "\n" ),                        $none, 'an empty line' );
    like( reply_to( $daemon, "GET / HTTP/1.1\r\n\r\n" ),    $none, 'HTTP' );
    like( reply_to( $daemon, "\x16\x03\x01\x02\x00\x01\n" ), $none, 'octets' );
    like( reply_to( $daemon, join '', map( chr, 0 .. 255 ) ), $none, 'all of them' );
    is( reply_to( $daemon, 'x' x 511 . "\n" ) =~ $none, 1, 'as long as may be' );
    is( reply_to( $daemon, 'x' x 512 ), "error the request is too long\n",
        'a line that is too long' );
    is( reply_to( $daemon, 'x' x 50_000 ), "error the request is too long\n", 'far too long' );
    like( reply_to( $daemon, "status\nreload\n" ), qr/\Aok\nposternd /, 'of two lines the first' );
    is( $daemon->log =~ / reload /, '', 'only' );
    my $slow = control_connection($daemon);
    for my $octet ( split //, "status --json\n" ) { syswrite $slow, $octet; sleep 0.01 }
    like( rest_of($slow), qr/\Aok\n\{"version"/, 'octet by octet' );

    for my $cut ( '', 'stat', 'status' ) {
        my $socket = control_connection($daemon);
        syswrite $socket, $cut if length $cut;
        shutdown $socket, 1;
        is( rest_of($socket), "error the request has no end\n", "'$cut' and no more" );
    }
    my $half = control_connection($daemon);
    syswrite $half, "status\n";
    shutdown $half, 1;
    like( rest_of($half), qr/\Aok\nposternd /, 'who has said all may say so' );
    for my $request ( "status\n", '', 'spool' ) {    # and is gone
        my $socket = control_connection($daemon);
        syswrite $socket, $request if length $request;
        close $socket;
    }
    like( reply_to( $daemon, "status\n" ), qr/\Aok\n/, 'it still answers' );
    unlike( $daemon->log, qr/ worker_died /, 'the same process' );
};

subtest 'a hundred connections at once' => sub {
    my $daemon = daemon_with()->start;
    my @silent = map { control_connection($daemon) } 1 .. 100;
    my @closed;
    poll_until {
        @closed = grep { IO::Select->new($_)->can_read(0) } @silent;
        @closed == 36
    } 10;
    is( scalar @closed, 36, 'those over 64 are closed' );
    is( rest_of( $closed[0] ), '', 'without a word' );
    is( exit_of_status($daemon), 69, 'so is the next one' );
    my %is_closed = map { $_ => 1 } @closed;
    my ($served) = grep { !$is_closed{$_} } @silent;
    syswrite $served, "status\n";
    like( rest_of($served), qr/\Aok\n/, 'one of the 64 is answered' );
    @silent = @closed = ();
    undef $served;
    ok( poll_until { exit_of_status($daemon) == 0 }, 'when they are gone all is well' );
};

subtest 'a client that never reads' => sub {
    my $daemon = daemon_with()->start;
    session_with($daemon)->submit( "Subject: x\r\n\r\n" . ( 'x' x 70 . "\r\n" ) x 20_000 );
    my ($message) = @{ ctl_json( $daemon, qw(spool list) )->{messages} };
    my $deaf = control_connection($daemon);
    syswrite $deaf, "spool show $message->{message}\n";
    like( reply_to( $daemon, "status\n" ), qr/\Aok\n/, 'keeps nobody waiting' );
    my ( $exit, $out ) = ctl( $daemon, qw(spool show), $message->{message} );
    is( length $out, 1 << 20, 'the first MiB of a message' );
    is( length rest_of($deaf), 3 + ( 1 << 20 ), 'it may still read all of it' );
};

# ---- The socket

sub mode_of {
    my ($path) = @_;
    return sprintf '%04o', ( stat $path )[2] & 07777;
}

subtest 'mode of the socket' => sub {
    my $daemon = daemon_with()->start;
    is( mode_of( control_socket($daemon) ), '0600', 'for its owner only, by default' );
    for my $mode (qw(0660 0666)) {
        my $other = daemon_with();
        $other->set( 'control.mode' => quoted($mode) );
        is( mode_of( control_socket( $other->start ) ), $mode, "mode $mode" );
    }
    $daemon->set( 'control.group' => '"no-such-group"' );
    like( ( ctl( $daemon, 'reload' ) )[2], qr/control\.group: .*no-such-group/, 'no such group' );
};

subtest 'group of the socket' => sub {
    plan skip_all => 'only root can give the socket to a group' if $> != 0;
    my $group  = 'daemon';
    my $daemon = daemon_with();
    $daemon->set( 'control.mode' => '"0660"', 'control.group' => quoted($group) );
    $daemon->start;
    is( ( stat control_socket($daemon) )[5], scalar getgrnam($group), 'it has it' );
    chmod 0711, $daemon->path('.');
    my $program = $daemon->path('posternctl');
    copy( posternctl(), $program ) and chmod 0755, $program;
    my @ask = ( $program, '-s', control_socket($daemon), 'status' );
    my @as  = ( qw(setpriv --reuid 12345 --clear-groups --regid) );
    is( ( run_command( @as, scalar getgrnam($group), @ask ) )[0], 0, 'one of the group may ask' );
    my ( $exit, undef, $error ) = run_command( @as, 12345, @ask );
    is( $exit, 69, 'another may not' );
    like( $error, qr/^posternctl: connect to .*Permission denied$/, 'and is told' );
};

subtest 'the socket over a reload' => sub {
    my $daemon = daemon_with( settings => { drain_time => '"1 h"' } )->start;
    my $inode  = ( stat control_socket($daemon) )[1];
    my $before = control_connection($daemon);
    my ( $asked, $answered ) = ( 0, 0 );
    my $begun = time;
    my $mark  = $daemon->mark;
    $daemon->signal('HUP');
    while ( time - $begun < 3 ) {
        ++$asked;
        ++$answered if ( reply_to( $daemon, "status\n" ) // '' ) =~ /\Aok\n/;
    }
    $daemon->wait_for_log( qr/ serving generation=2 /, $mark );
    is( $answered, $asked, "all of $asked requests meanwhile are answered" );
    is( ( stat control_socket($daemon) )[1], $inode, 'at the same socket' );
    ok( status_of( $daemon, 2 ), 'by the new generation' );
    ok( poll_until { children_of( $daemon->pid ) == 4 + $daemon->flushers },
        'one controller is left, with a worker and its helpers' );

    my $other = $daemon->path('elsewhere');
    my $old   = control_socket($daemon);
    $daemon->set( 'control.path' => quoted($other) );
    my $open = session_with($daemon);
    ok( $daemon->reload, 'another path' );
    is( exit_of_status_at($other), 0, 'is answered' );
    ok( poll_until { exit_of_status_at($old) == 69 },
        'the old one is not, though a session goes on' );
    $open->must( 221, 'QUIT' );
    $daemon->set( 'control.path' => '""' );
    ok( $daemon->reload, 'none' );
    ok( poll_until { exit_of_status_at($other) == 69 },
        'nobody answers' );
    ok( poll_until { children_of( $daemon->pid ) == 3 + $daemon->flushers },
        'there is no controller' );
};

subtest 'a controller that is killed' => sub {
    my $daemon = daemon_with()->start;
    my $client = session_with($daemon);
    $client->submit("Subject: x\r\n");
    my $pid = controller_of($daemon);
    kill KILL => $pid;
    $daemon->wait_for_log(qr/ alert worker_died pid=$pid role=controller status="signal 9"/);
    like( reply_to( $daemon, "status\n" ), qr/\Aok\n/, 'another one answers' );
    my $status = ctl_json( $daemon, 'status' );
    is( $status->{generation}, 1, 'of the same generation' );
    is( counter_of( $status, 'postern_messages_total', 'result="accepted"' ), 1,
        'nothing is lost' );
    isnt( controller_of($daemon), $pid, 'another process' );
    like( $client->submit("Subject: x\r\n"), qr/^250 /, 'sessions notice nothing' );
    is( ( ctl( $daemon, 'reload' ) )[0], 0, 'it can reload' );
};

subtest 'the supervisor is killed' => sub {
    my $daemon = daemon_with()->start;
    my @children = children_of( $daemon->pid );
    kill KILL => $daemon->pid;
    $daemon->wait_for_end;
    ok( poll_until { !any_running(@children) }, 'nobody is left' );
    is( exit_of_status($daemon), 69, 'nobody answers' );
    ok( -S control_socket($daemon), 'the socket is left' );
    $daemon->launch('-f');
    ok( poll_until { exit_of_status($daemon) == 0 }, 'which is no hindrance to the next start' );
};

subtest 'what is no socket stays' => sub {
    my $daemon = daemon_with();
    $daemon->write_file( 'control', 'precious' );
    $daemon->launch('-f');
    isnt( $daemon->wait_for_end, 0, 'it does not start' );
    like( $daemon->log, qr/control: listen on .*: something else is there already/, 'and says why' );
    is( text_of( control_socket($daemon) ), 'precious', 'the file is as it was' );
};

subtest 'a socket that another server answers at' => sub {
    my $first = daemon_with()->start;
    my $other = daemon_with();
    $other->set( 'control.path' => quoted( control_socket($first) ) );
    $other->launch('-f');
    isnt( $other->wait_for_end, 0, 'another server does not start' );
    is( ctl_json( $first, 'status' )->{pid}, $first->pid, 'the first one still answers' );
};

subtest 'an upgrade' => sub {
    my $daemon = daemon_with( settings => { drain_time => '"1 h"' } );
    $daemon->{program} = $daemon->path('posternd');
    copy( posternd(), $daemon->{program} ) or die "copy: $!\n";
    chmod 0755, $daemon->{program};
    $daemon->start;
    my $open = session_with($daemon);
    $open->submit("Subject: x\r\n");
    is( ( ctl( $daemon, 'reload' ) )[0], 0, 'a reload before' );
    my $inode   = ( stat control_socket($daemon) )[1];
    my $started = ctl_json( $daemon, 'status' )->{started};
    sleep 1.1;
    $daemon->signal('USR2');
    my $status = status_of( $daemon, 3 );
    is( ( stat control_socket($daemon) )[1], $inode, 'the same socket' );
    is( $status->{pid},        $daemon->pid, 'the same process' );
    is( $status->{generation}, 3,            'the next generation' );
    is( $status->{started},    $started,     'the server was started when it was' );
    ok( poll_until { ctl_json( $daemon, 'status' )->{workers} == 1 }, 'one worker serves' );
    ok( poll_until { ctl_json( $daemon, 'status' )->{draining} == 1 },
        'of those before only the one with the session is left' );
    is( counter_of( $status, 'postern_messages_total', 'result="accepted"' ), 1, 'counters go on' );
    is_deeply( [ map { $_->{session} } @{ ctl_json( $daemon, 'sessions' )->{sessions} } ],
        [ session_of($open) ], 'sessions too' );
    $open->submit("Subject: x\r\n");
    is( ctl_json( $daemon, 'sessions' )->{sessions}[0]{messages}, 2, 'and what they do' );
    $open->must( 221, 'QUIT' );
    ok( poll_until { ctl_json( $daemon, 'status' )->{draining} == 0 }, 'the old worker ends' );
    is( ( ctl( $daemon, 'reload' ) )[0], 0, 'it can reload' );
    ok( status_of( $daemon, 4 ), 'to one more' );
};

# ---- The program

subtest 'the command line of posternctl' => sub {
    my $daemon = daemon_with()->start;
    my @ctl    = ( posternctl(), '-s', control_socket($daemon) );
    for my $wrong (
        [], ['frob'], [qw(status x)], ['spool'], [qw(spool frob)], [qw(spool show)], ['trace'],
        [qw(trace 192.0.2.1 x)], [qw(trace 192.0.2.1 86401)], ['--frob'], ['-s'], [ 'x' x 600 ],
        [ 'spool', 'show', 'x' x 600 ], [ 'spool', 'show', "x\nreload" ], ["status\n"], ['']
      )
    {
        my ( $exit, $out, $error ) = run_command( @ctl, @$wrong );
        my $name = join ' ', map { s/\n/\\n/gr } @$wrong;
        is( $exit, 64, "'" . substr( $name, 0, 40 ) . "' is wrong" );
        is( $out, '', 'nothing to standard output' );
        like( $error, qr/\S/, 'but to standard error' );
    }
    unlike( $daemon->log, qr/ reload /, 'none of it had an effect' );
    my ( $exit, $out, $error ) = run_command( posternctl(), '--help' );
    is( $exit, 0, '--help' );
    like( $out, qr/^usage: posternctl /, 'is the usage' );
    is( ( run_command( posternctl(), $_ ) )[0], 0, $_ ) for qw(-h -V --version);

    is( ( run_command( posternctl(), '-c', $daemon->config, 'status' ) )[0], 0, '-c' );
    ( $exit, undef, $error ) = run_command( posternctl(), '-c', '/nonexistent', 'status' );
    is( $exit, 78, '-c of no file' );
    like( $error, qr/^posternctl: .*nonexistent/, 'says which' );
    my $none = $daemon->write_file( 'none.conf',
        text_of( $daemon->config ) =~ s/control = \{[^}]*\};/control = { path = ""; };/r );
    ( $exit, undef, $error ) = run_command( posternctl(), '-c', $none, 'status' );
    is( $exit, 78, '-c of one without a socket' );
    like( $error, qr/none\.conf has no control\.path/, 'says so' );
    my $broken = $daemon->write_file( 'broken.conf', 'listeners = (' );
    is( ( run_command( posternctl(), '-c', $broken, 'status' ) )[0], 78, '-c of half a file' );

    for my $place ( '/nonexistent/control', $daemon->config, '/' . 'x' x 200 ) {
        ( $exit, $out, $error ) = run_command( posternctl(), '-s', $place, 'status' );
        is( $exit, 69, "nobody answers at " . substr $place, 0, 40 );
        like( $error, qr/^posternctl: /, 'which it says' );
    }
    for my $order ( [qw(--json status)], [qw(status --json)] ) {
        like( ( run_command( @ctl, @$order ) )[1], qr/\A\{/, "@$order" );
    }
    open( my $full, '>', '/dev/full' ) or die "/dev/full: $!\n";
    my $pid = fork() // die "fork: $!\n";
    if ( !$pid ) { open( STDOUT, '>&', $full ); exec @ctl, q{status} or POSIX::_exit(127) }
    waitpid $pid, 0;
    is( $? >> 8, 1, 'what cannot be written is an error' );
};

# Whoever listens there may be anything.
subtest 'a server that is none' => sub {
    my $daemon = daemon_with();
    for my $reply ( '', 'ok', 'error', 'hello', "220 x\r\n" ) {
        my $path   = $daemon->path('fake');
        my $server = IO::Socket::UNIX->new( Local => $path, Listen => 1 ) // die "fake: $!\n";
        my $pid    = fork() // die "fork: $!\n";
        if ( !$pid ) {
            my $client = $server->accept;
            sysread $client, my $request, 512;
            syswrite $client, $reply;
            POSIX::_exit(0);
        }
        my ( $exit, undef, $error ) = run_command( posternctl(), '-s', $path, 'status' );
        is( $exit, 69, "it says '" . $reply =~ s/\s+//gr . "'" );
        like( $error, qr/no reply from \Q$path\E/, 'which is no reply' );
        waitpid $pid, 0;
        unlink $path;
    }
};

done_testing;
