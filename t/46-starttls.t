#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/46-starttls.t - RFC 3207: what is said before, with and behind a handshake, and handshakes that
# are none.
#
# Nobody in between may have a word of his taken for one of the client's (CVE-2011-0411).

use strict;
use warnings;
use lib 't/lib';
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep time);

use Postern::Client;
use Postern::Command qw(text_of);
use Postern::Daemon;
use Postern::Poll qw(poll_until);
use Postern::Process qw(cpu_seconds_of is_running);
use Postern::RawTls;

my @versions = qw(1.2 1.3);
my $login    = 'AUTH PLAIN ' . encode_base64( "\0alice\0secret", '' );
my $message =
    "EHLO evil.example\r\nMAIL FROM:<evil\@example.net>\r\nRCPT TO:<b\@example.org>\r\n"
  . "DATA\r\nSubject: evil\r\n\r\nevil\r\n.\r\n";
my $handshake_time = 1;

my $daemon = Postern::Daemon->new(
    listeners => [
        qw(submission submissions both),
        { name => '"lax"', tls => '"starttls"', auth_without_tls => 'true' }
    ],
    settings => { 'timeouts.handshake' => qq("$handshake_time s") }
)->start;
my $worker = $daemon->worker_of( Postern::Client->new( $daemon, 'both' )->reply );

# A session that has greeted, in the clear.
sub session_with {
    my ( $listener, $greeting ) = @_;
    my $client = Postern::Client->new( $daemon, $listener // 'both' );
    $client->must(220);
    $client->must( 250, $greeting // 'EHLO client.example' );
    return $client;
}

# The same, where the server waits for the handshake.
sub session_before_handshake {
    my $client = session_with(@_);
    $client->must( 220, 'STARTTLS' );
    return $client;
}

# The same, with TLS up.
sub session_under_tls {
    my ( $version, @session ) = @_;
    my $client = session_before_handshake(@session);
    my $tls    = Postern::RawTls->new($version);
    $tls->shake_hands($client) or die "no handshake: $tls->{error}\n";
    return ( $client, $tls );
}

# One that is in the middle of a text.
sub session_in_text {
    my ($version) = @_;
    my ( $client, $tls ) = session_under_tls($version);
    for my $command (
        'EHLO client.example', 'MAIL FROM:<a@example.net>', 'RCPT TO:<b@example.org>', 'DATA'
      )
    {
        my $reply = $tls->command( $client, $command );
        die "$command: $reply" if $reply !~ /^[23]/;
    }
    return ( $client, $tls );
}

# Waits until no session is left but the one to come; then whatever was to happen has happened.
sub nothing_came_of_it {
    my ($what) = @_;
    my $is_over = poll_until {
        my $log = $daemon->log;
        ( () = $log =~ / session_begin /g ) == ( () = $log =~ / session_end /g )
    };
    ok( $is_over, "$what: the session has ended" );
    is( join( ' ', map { $daemon->spool->names_in($_) } qw(tmp new) ), '', "$what: no message" );
    ok( is_running($worker), "$what: the worker lives" );
    return;
}

# The server says nothing that a client could take for a reply, and closes.
sub is_closed_without_a_word {
    my ( $client, $what ) = @_;
    unlike( $client->rest, qr/^\d{3}[ -]/m, "$what: no reply in the clear, and closed" );
    $client->close;
    return;
}

subtest 'behind STARTTLS, in one piece with it' => sub {
    my %behind = (
        'a command'       => "NOOP\r\n",
        'a line end'      => "\r\n",
        'an octet'        => 'x',
        'a NUL'           => "\0",
        'a message'       => $message,
        'another'         => "STARTTLS\r\n",
        'a handshake'     => Postern::RawTls->new('1.3')->hello,
        'very much'       => $message x 500,
    );
    for my $what ( sort keys %behind ) {
        my $client = session_with();
        $client->send("STARTTLS\r\n$behind{$what}");
        like( $client->reply, qr/^554 5\.5\.0 /, "$what is refused" );
        is( $client->rest, '', "$what: and that is all" );
        $client->close;
        nothing_came_of_it($what);
    }
};

subtest 'commands instead of a handshake' => sub {
    for my $octets ( $message, "\r\n", "QUIT\r\n", 'E', "\0" x 5 ) {
        my $client = session_before_handshake();
        $client->send($octets);
        my $what = length($octets) . ' octets';
        is_closed_without_a_word( $client, $what );
        nothing_came_of_it($what);
    }
};

subtest 'commands behind a ClientHello, in one piece with it' => sub {
    for my $version (@versions) {
        my $client = session_before_handshake();
        my $tls    = Postern::RawTls->new($version);
        $client->send( $tls->hello . $message );
        $tls->shake_hands($client);    # with TLS 1.3 all that the client needs has come by then
        unlike( $tls->rest($client), qr/^\d{3}/m, "$version: no reply, and closed" );
        $client->close;
        nothing_came_of_it($version);
    }
};

subtest 'commands in the clear behind the end of the handshake' => sub {
    for my $version (@versions) {
        my $client = session_before_handshake();
        my $tls    = Postern::RawTls->new($version);
        $tls->shake_hands( $client, $message );
        unlike( $tls->rest($client), qr/^\d{3}/m, "$version: no reply, and closed" );
        $client->close;
        nothing_came_of_it($version);
    }
};

subtest 'sealed commands behind the end of the handshake' => sub {
    my $client = session_before_handshake();
    my $tls    = Postern::RawTls->new('1.3');
    $client->send( $tls->hello );
    until ( $tls->proceed ) {
        $client->fill_or_wait( time + 30 );
        $tls->input( Postern::RawTls::take_input($client) );
    }
    $client->send( $tls->output . $tls->seal("EHLO client.example\r\nQUIT\r\n") );
    like( $tls->rest($client), qr/\A250-.*^221 /ms, 'are executed: they are the client\'s own' );
};

subtest 'what was said before the handshake is forgotten' => sub {
    for my $version (@versions) {
        my ( $client, $tls ) = session_under_tls($version);
        like( $tls->command( $client, 'MAIL FROM:<a@example.net>' ),
            qr/^503 /, "$version: nobody has greeted" );
        like( $tls->command( $client, 'AUTH PLAIN' ), qr/^503 /, "$version: nor for AUTH" );
    }
    my $client = session_with('lax');
    $client->must( 235, $login );
    $client->must( 220, 'STARTTLS' );
    my $tls = Postern::RawTls->new('1.3');
    $tls->shake_hands($client);
    like( $tls->command( $client, 'EHLO client.example' ), qr/^250.AUTH /m, 'AUTH is offered' );
    like( $tls->command( $client, 'MAIL FROM:<a@example.net>' ),
        qr/^530 5\.7\.0 /, 'nobody has logged in' );
    like( $tls->command( $client, $login ), qr/^235 /, 'and may do so again' );
    like( $tls->command( $client, 'MAIL FROM:<a@example.net>' ), qr/^250 /, 'and then send' );

    ( $client, $tls ) = session_under_tls( '1.3', 'both', 'HELO client.example' );
    like( $tls->command( $client, 'EHLO client.example' ), qr/^250-SIZE/m, 'HELO does not bind' );
    like(
        $tls->command( $client, 'MAIL FROM:<a@example.net> BODY=8BITMIME' ),
        qr/^250 /, 'so there are extensions'
    );
};

subtest 'STARTTLS under TLS' => sub {
    for my $listener (qw(both submissions)) {
        my $client = Postern::Client->session( $daemon, $listener );
        if ( $listener eq 'both' ) {
            $client->must( 220, 'STARTTLS' );
            $client->start_tls;
            unlike( $client->must( 250, 'EHLO client.example' ), qr/STARTTLS/, 'is not offered' );
        }
        $client->send("STARTTLS\r\nNOOP\r\nSTARTTLS\r\n");
        like( $client->reply, qr/^503 5\.5\.1 /, "$listener: is refused" );
        like( $client->reply, qr/^250 /, "$listener: and what follows is just another command" );
        like( $client->reply, qr/^503 5\.5\.1 /, "$listener: again" );
        $client->must( 221, 'QUIT' );
    }
};

subtest 'commands in the clear once TLS is up' => sub {
    for my $version (@versions) {
        my ( $client, $tls ) = session_under_tls($version);
        $tls->command( $client, 'EHLO client.example' );
        $client->send($message);
        unlike( $tls->rest($client), qr/^\d{3}/m, "$version: no reply, and closed" );
        $client->close;
        nothing_came_of_it($version);
        ( $client, $tls ) = session_in_text($version);
        $client->send( $tls->seal("Subject: x\r\n\r\ntext\r\n") . ".\r\n$message" );
        unlike( $tls->rest($client), qr/^250/m, "$version: nor do they end a text" );
        $client->close;
        nothing_came_of_it("$version in a text");
    }
};

# Without close_notify somebody may have cut the end off.
subtest 'a connection that ends within a text' => sub {
    for my $version (@versions) {
        for my $text ( '', "Subject: x\r\n\r\ntext\r\n", "Subject: x\r\n\r\ntext\r\n.",
            "Subject: x\r\n\r\ntext\r\n.\r" )
        {
            for my $how (qw(close vanish half_close close_notify)) {
                my ( $client, $tls ) = session_in_text($version);
                $client->send( $tls->seal($text) ) if length $text;
                if   ( $how eq 'close_notify' ) { $client->send( $tls->close_notify ) }
                else                            { $client->$how }
                $client->rest if $client->{socket};
                $client->close;
            }
        }
        nothing_came_of_it($version);
    }
};

subtest 'renegotiation' => sub {
    my ( $client, $tls ) = session_under_tls('1.2');
    $tls->command( $client, 'EHLO client.example' );
    Net::SSLeay::renegotiate( $tls->{ssl} );
    $client->send( $tls->hello );
    my $deadline = time + 30;
    while ( !$tls->is_broken && $client->fill_or_wait($deadline) ) {
        $tls->input( Postern::RawTls::take_input($client) );
        last if $tls->proceed && !Net::SSLeay::renegotiate_pending( $tls->{ssl} );
    }
    ok( $tls->is_broken, 'is refused' );
    like( $tls->{error} // '', qr/no renegotiation/i, 'in so many words' );
    $client->close;
    nothing_came_of_it('renegotiation');
};

# To a listener with implicit TLS, but without any.
sub connection_to {
    my ($listener) = @_;
    my $socket = Postern::Client::connected_to( $daemon->place_of($listener) );
    return Postern::Client->on_socket( $daemon, $socket );
}

# Where a handshake may begin.
my %beginnings = (
    STARTTLS => \&session_before_handshake,
    implicit => sub { connection_to('submissions') },
);

# How long the server bears with a client that sends an octet now and then.
sub time_of_handshake {
    my ( $client, @octets ) = @_;
    my $begun = time;
    until ( $client->{is_at_end} || time - $begun > 20 ) {
        $client->{socket}->syswrite( shift @octets ) if @octets;
        sleep 0.05;
        $client->fill;
    }
    $client->close;
    return time - $begun;
}

subtest 'a handshake that does not end' => sub {
    my %clients = (
        'says nothing' => '',
        'trickles'     => Postern::RawTls->new('1.3')->hello,
    );
    for my $where ( sort keys %beginnings ) {
        for my $what ( sort keys %clients ) {
            my $took = time_of_handshake( $beginnings{$where}->(), split //, $clients{$what} );
            cmp_ok( $took, '>', $handshake_time - 0.2, "$where: who $what is given time" );
            cmp_ok( $took, '<', $handshake_time + 10,  "$where: but not for ever" );
            nothing_came_of_it("$where: who $what");
        }
    }
};

sub record {
    my ( $type, $octets ) = @_;
    return pack 'C n n/a*', $type, 0x0303, $octets;
}

# A ClientHello that is so long, since an extension of padding is in it (RFC 7685).
sub long_hello {
    my ($extension_octets) = @_;
    my $body    = substr Postern::RawTls->new('1.3')->hello, 9;    # behind two headers
    my $session = unpack 'x34 C', $body;
    my $ciphers = unpack "x[35] x[$session] n", $body;
    my $at      = 35 + $session + 2 + $ciphers + 2;                # one way to compress
    my $old     = substr $body, $at + 2;
    my $padding = pack 'n n/a*', 21, "\0" x ( $extension_octets - 4 - length $old );
    $body = substr( $body, 0, $at ) . pack 'n/a*', $padding . $old;
    my $hello = pack( 'C C n', 1, length($body) >> 16, length($body) & 0xffff ) . $body;
    return join '', map { record( 22, $_ ) } $hello =~ /(.{1,16384})/gs;
}

subtest 'records that are none' => sub {
    my %records = (
        'noise'                      => join( '', map { chr( $_ * 7919 % 251 ) } 1 .. 5000 ),
        'a record of 64 KiB'         => pack( 'C n n', 22, 0x0303, 65_535 ) . 'x' x 65_535,
        'a ClientHello of 16 MiB'    => record( 22, pack( 'C C n', 1, 0xff, 0xffff ) . 'x' x 16_000 ),
        'empty records'              => record( 22, '' ) x 10_000,
        'a flood of alerts'          => record( 21, "\1\0" ) x 10_000,
        'a flood of cipher changes'  => record( 20, "\1" ) x 10_000,
        'octets of an application'   => record( 23, 'x' x 1000 ),
        'a heartbeat'                => record( 24, "\1\xff\xff" ),
        'a hello of SSL 2'           => "\x80\x2e\1\3\0" . "\0" x 43,
        'HTTP'                       => "GET / HTTP/1.0\r\n\r\n",
        'a hello without extensions' =>
          record( 22, "\1\0\0\x29\x03\x03" . 'r' x 32 . "\0\0\2\x13\1\1\0" ),
    );
    for my $what ( sort keys %records ) {
        for my $begin ( values %beginnings ) {
            my $client = $begin->();
            my $begun  = time;
            $client->send( $records{$what} );
            is_closed_without_a_word( $client, $what );
            cmp_ok( time - $begun, '<', $handshake_time + 10, "$what: in time" );
        }
        nothing_came_of_it($what);
    }
};

subtest 'a ClientHello of 64 KiB' => sub {
    my $used = cpu_seconds_of($worker);
    for my $begin ( values %beginnings ) {
        my $client = $begin->();
        $client->send( long_hello(65_535) );
        like( $client->rest, qr/\A[\x15\x16]\x03\x03/, 'is answered by a record, whatever it says' );
        $client->close;
    }
    nothing_came_of_it('64 KiB');
    cmp_ok( cpu_seconds_of($worker) - $used, '<', 1, 'it costs little' );
};

subtest 'afterwards' => sub {
    my $client = session_with();
    $client->must( 220, 'STARTTLS' );
    $client->start_tls;
    $client->must( 250, 'EHLO client.example' );
    like( $client->submit( "Subject: x\r\n", 'b@example.org' ), qr/^250 /, 'others are served' );
    unlike( $daemon->log, qr/ (?:worker_died|alert) /, 'no worker has died' );
};

done_testing;
