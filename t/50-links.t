#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/50-links.t - listeners and links: which are ready when, what is reached through which interface,
# and that accepting mail sends nothing to the uplink.
#
# The links are real ones, between network namespaces.

use strict;
use warnings;
use lib 't/lib';
use Errno qw(ECONNREFUSED);
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

use Postern::Client;
use Postern::Command qw(posternd run_command);
use Postern::Control qw(with_control ctl ctl_json);
use Postern::Daemon;
use Postern::Network;
use Postern::Poll qw(poll_until);
use Postern::Process qw(cpu_seconds_of);

my $network = Postern::Network->enter;

my $uplink = '( { name = "uplink"; interface = "uplink0"; on_demand = true; } )';
my $ex_ok  = 0;

# A daemon with these listeners on port 2525, not started.
sub daemon_with {
    my ( $settings, @listeners ) = @_;
    my @complete = map {
        { port => '2525', tls => '"none"', role => '"mx"', %$_ }
    } @listeners;
    return with_control(
        Postern::Daemon->new( settings => $settings, listeners => \@complete ) );
}

# What the neighbour of the link is told when it connects: "220 ...", or why it cannot.
sub greeting_at {
    my ( $link, $address, $daemon, $port ) = @_;
    my $socket = $network->connect_from( $link, $address, $port // 2525 );
    return $! == ECONNREFUSED ? 'refused' : "$!" if !$socket;
    return Postern::Client->on_socket( $daemon, $socket )->reply;
}

# The same from here.
sub greeting_here {
    my ($address) = @_;
    my $socket = IO::Socket::INET->new( PeerAddr => $address, PeerPort => 2525, Timeout => 2 )
      or return 'refused';
    return scalar <$socket>;
}

sub is_open {
    my ( $link, $address, $daemon, $name ) = @_;
    return like( greeting_at( $link, $address, $daemon ), qr/^220 /, $name );
}

sub is_closed {
    my ( $link, $address, $daemon, $name ) = @_;
    return is( greeting_at( $link, $address, $daemon ), 'refused', $name );
}

# The status of a listener.
sub listener_of {
    my ( $daemon, $name ) = @_;
    my ($found) = grep { $_->{name} eq $name } @{ ctl_json( $daemon, 'status' )->{listeners} };
    return $found // die "no listener $name in the status\n";
}

# Whether a listener is ready and why, when that is as expected, or in the end.
sub becomes {
    my ( $daemon, $name, $expected, $test ) = @_;
    my $text;
    poll_until {
        my $listener = listener_of( $daemon, $name );
        $text = ( $listener->{ready} ? 'ready: ' : 'not ready: ' ) . $listener->{why};
        $text =~ $expected;
    };
    return like( $text, $expected, $test );
}

subtest 'not one packet goes to the uplink while the LAN submits' => sub {
    $network->add_link( 'lan0',    ['192.0.2.1/24'],    ['192.0.2.7/24'] );
    $network->add_link( 'uplink0', ['198.51.100.1/24'], ['198.51.100.254/24'] );
    $network->ip(qw(route add default via 198.51.100.254));
    my $daemon = daemon_with(
        { clients => '[ "192.0.2.0/24" ]', links => $uplink },
        { name => '"lan"', address => '"192.0.2.1"', role => '"submission"', auth => '"clients"' }
    );
    $daemon->write_file( 'resolv.conf', "nameserver 203.0.113.53\n" );
    my ($exit) = run_command( 'mount', '--bind', $daemon->path('resolv.conf'), '/etc/resolv.conf' );
    is( $exit, 0, 'the resolver is behind the uplink' );
    my $capture = $network->capture('uplink0');
    $daemon->start;
    for my $number ( 1 .. 100 ) {
        my $socket = $network->connect_from( 'lan0', '192.0.2.1', 2525 ) or die "connect: $!\n";
        my $client = Postern::Client->on_socket( $daemon, $socket );
        $client->must(220);
        $client->must( 250, 'EHLO client.example' );
        $client->must( 250, 'MAIL FROM:<alice@example.org>' );
        $client->must( 250, "RCPT TO:<bob$number\@example.com>" );
        $client->must( 354, 'DATA' );
        $client->send_lines( 'Subject: test', '', "message $number" );
        $client->must( 250, '.' );
        $client->must( 221, 'QUIT' );
    }
    is( scalar( $daemon->spool->messages ),      100, '100 messages are in the spool' );
    is( scalar( $network->frames($capture) ), 0,   'and nothing was sent to the uplink' );
    $daemon->stop;
    is( scalar( $network->frames($capture) ), 0, 'nor at the end' );

    $daemon->set_listener( lan => dns => '"always"' );
    my ( undef, undef, $warnings ) = run_command( posternd(), '-t', '-c', $daemon->config );
    like( $warnings, qr/dns: "always"/, 'posternd -t warns of look-ups' );
    $daemon->start;
    ok( poll_until { greeting_at( 'lan0', '192.0.2.1', $daemon ) =~ /^220 / }, 'with them' );
    ok( poll_until { scalar $network->frames($capture) }, 'a question is seen' );
    $daemon->stop;
    run_command( 'umount', '/etc/resolv.conf' );
    $network->ip(qw(link del uplink0));
    $network->ip(qw(link del lan0));
};

subtest 'a listener on demand follows its link' => sub {
    my $daemon = daemon_with(
        { links => $uplink },
        {
            name       => '"mx"',
            address    => '"198.51.100.1"',
            link       => '"uplink"',
            keep_ready => 'false',
            linger     => '"0 s"'
        },
        { name => '"lan"', address => '"192.0.2.1"' }
    );
    $network->add_link( 'lan0', ['192.0.2.1/24'], ['192.0.2.7/24'] );
    $daemon->start;
    like( $daemon->log, qr/ listener_closed listener=mx .*reason="link uplink has no interface"/,
        'it is closed at the start, and the log says why' );
    like( $daemon->log, qr/ listener_open listener=lan place="192.0.2.1 2525" reason="always kept/,
        'the other one is open' );
    my ( $exit, $settings ) = run_command( posternd(), '-T', '-c', $daemon->config );
    is( $exit, $ex_ok, 'posternd -T' );
    like( $settings, qr/^# listener mx is not ready now: link uplink has no interface$/m, 'says so' );
    like( $settings, qr/^# listener lan is ready now: always kept ready$/m, 'of both' );
    becomes( $daemon, 'mx', qr/^not ready: link uplink has no interface$/, 'so does the status' );

    my $mark = $daemon->mark;
    $network->add_link( 'uplink0', ['198.51.100.1/24'], ['198.51.100.254/24'] );
    becomes( $daemon, 'mx', qr/^ready: link uplink is up$/, 'the link is there' );
    $daemon->wait_for_log( qr/ listener_open listener=mx .*reason="link uplink is up"/, $mark );
    is_open( 'uplink0', '198.51.100.1', $daemon, 'and can be used' );

    my $lan = Postern::Client->on_socket( $daemon,
        $network->connect_from( 'lan0', '192.0.2.1', 2525 ) );
    $lan->must(220);
    $lan->must( 250, 'EHLO client.example' );
    $lan->must( 250, 'MAIL FROM:<a@example.com>' );
    $mark = $daemon->mark;
    $network->ip(qw(link set uplink0 down));
    becomes( $daemon, 'mx', qr/^not ready: link uplink is down$/, 'down' );
    $daemon->wait_for_log( qr/ listener_closed listener=mx .*reason="link uplink is down"/, $mark );
    is( IO::Socket::INET->new( PeerAddr => '198.51.100.1', PeerPort => 2525, Timeout => 2 ),
        undef, 'nobody can connect' );
    $lan->must( 250, 'RCPT TO:<b@example.org>' );
    $lan->must( 354, 'DATA' );
    $lan->send_lines( 'Subject: test', '', 'text' );
    $lan->must( 250, '.' );
    pass('a session on another listener has lost nothing');

    $network->ip(qw(link set uplink0 up));
    becomes( $daemon, 'mx', qr/^ready: link uplink is up$/, 'up again' );
    is_open( 'uplink0', '198.51.100.1', $daemon, 'as before' );

    $network->ip(qw(addr del 198.51.100.1/24 dev uplink0));
    becomes( $daemon, 'mx', qr/^not ready: link uplink has no address$/, 'without an address' );
    for ( 1 .. 2 ) {
        $network->ip(qw(addr add 198.51.100.1/24 dev uplink0));
        becomes( $daemon, 'mx', qr/link uplink (?:comes and goes|is up)/, 'and back' );
        $network->ip(qw(addr del 198.51.100.1/24 dev uplink0));
        becomes( $daemon, 'mx', qr/link uplink has no address/, 'lost again' );
    }
    $network->ip(qw(addr add 198.51.100.1/24 dev uplink0));
    becomes( $daemon, 'mx', qr/^not ready: link uplink comes and goes; opens in \d+ s$/,
        'then it is not believed at once' );
    becomes( $daemon, 'mx', qr/^ready: link uplink is up$/, 'but soon' );
    is_open( 'uplink0', '198.51.100.1', $daemon, 'as before' );

    $network->ip(qw(link set uplink0 down));
    $network->ip(qw(link set uplink0 name other0));
    $network->ip(qw(link set other0 up));
    becomes( $daemon, 'mx', qr/^not ready: link uplink has no interface$/, 'under another name' );
    $network->ip(qw(link del other0));
    $network->ip(qw(link del lan0));
    $daemon->stop;
};

subtest 'a listener that lingers' => sub {
    $network->add_link( 'uplink0', ['198.51.100.1/24'], ['198.51.100.254/24'] );
    my $daemon = daemon_with(
        { links => $uplink },
        {
            name       => '"mx"',
            interface  => '"uplink0"',
            keep_ready => 'false',
            linger     => '"5 s"'
        }
    )->start;
    my $mark = $daemon->mark;
    $network->ip(qw(link set uplink0 down));
    becomes( $daemon, 'mx', qr/^ready: link uplink is down; closes in \d+ s$/, 'it is open still' );
    becomes( $daemon, 'mx', qr/^not ready: link uplink is down$/,              'then closed' );
    $daemon->wait_for_log( qr/ listener_closed listener=mx /, $mark );
    $network->ip(qw(link del uplink0));
};

subtest 'an address may come later, go, and come back' => sub {
    $network->add_link( 'lan0', [], ['192.0.2.7/24', '2001:db8::7/64'] );
    my $daemon = daemon_with( {}, { name => '"four"', address => '"192.0.2.1"' },
        { name => '"six"', address => '"2001:db8::1"' } )->start;
    like( $daemon->log,
        qr/ listener_open listener=four .*reason="always kept ready; no interface has 192\.0\.2\.1"/,
        'both are open' );
    becomes( $daemon, 'six', qr/^ready: always kept ready; no interface has 2001:db8::1$/,
        'before their addresses are there' );
    $network->ip(qw(addr add 192.0.2.1/24 dev lan0));
    is_open( 'lan0', '192.0.2.1', $daemon, 'the IPv4 address is there' );
    becomes( $daemon, 'four', qr/^ready: always kept ready$/, 'which the status knows' );
    $network->ip(qw(addr add 2001:db8::1/64 dev lan0));
    ok( poll_until { greeting_at( 'lan0', '2001:db8::1', $daemon ) =~ /^220 / },
        'the IPv6 address comes later' );
    $network->ip(qw(addr del 192.0.2.1/24 dev lan0));
    $network->ip(qw(addr add 192.0.2.1/24 dev lan0));
    is_open( 'lan0', '192.0.2.1', $daemon, 'away and back' );
    my @generations = $daemon->log =~ / serving generation=/g;
    is( scalar @generations, 1, 'all that with one generation' );
    $network->ip(qw(link del lan0));
};

subtest 'a listener on an interface' => sub {
    $network->add_link( 'lan0',   ['192.0.2.1/24'],    ['192.0.2.7/24'] );
    $network->add_link( 'other0', ['198.51.100.1/24'], ['198.51.100.7/24'] );
    my $daemon = daemon_with(
        {},
        { name => '"lan"',   interface => '"lan0"' },
        { name => '"other"', address   => '"198.51.100.1"', interface => '"other0"' }
    )->start;
    is_open( 'lan0',   '192.0.2.1',    $daemon, 'its address' );
    is_open( 'other0', '198.51.100.1', $daemon, 'the address of another one, on the same port' );
    $network->ip(qw(addr add 192.0.2.99/24 dev lan0));
    is_open( 'lan0', '192.0.2.99', $daemon, 'an address that has come later' );
    $network->at( 'other0', sub { $network->ip(qw(route add 192.0.2.0/24 via 198.51.100.1)) } );
    is_closed( 'other0', '192.0.2.1', $daemon, 'nobody gets there through another interface' );

    $network->ip(qw(link set lan0 down));
    $network->ip(qw(link set lan0 name away0));
    becomes( $daemon, 'lan', qr/^not ready: there is no interface lan0$/, 'renamed' );
    $network->ip(qw(link set away0 name lan0));
    $network->ip(qw(link set lan0 up));
    becomes( $daemon, 'lan', qr/^ready: /, 'and back' );
    is_open( 'lan0', '192.0.2.1', $daemon, 'it can be reached' );

    my $mark = $daemon->mark;
    $network->ip(qw(link del lan0));
    $network->add_link( 'lan0', ['192.0.2.1/24'], ['192.0.2.7/24'] );
    ok( poll_until { greeting_at( 'lan0', '192.0.2.1', $daemon ) =~ /^220 / },
        'another interface of the same name: it is bound again' );
    like( $daemon->wait_for_log( qr/ listener_open listener=lan /, $mark ),
        qr/reason="always kept ready"/, 'which the log says' );
    $network->ip( 'link', 'del', $_ ) for qw(lan0 other0);
};

# A period of today, by the hour, that holds now or not.
sub schedule {
    my ($is_now) = @_;
    my ($hour) = ( localtime time + 600 )[2];    # so that it is for ten minutes at least
    my ($first) = $is_now ? $hour - 1 : $hour + 2;
    return sprintf '( { from = "%02d:00"; to = "%02d:00"; } )', $first % 24, ( $first + 3 ) % 24;
}

subtest 'the truth table' => sub {
    my @table = (
        [ 0,  'true',  1, 1, 0 ],
        [ 0,  'false', 1, 1, 0 ],
        [ 10, 'true',  1, 1, 1 ],
        [ 10, 'true',  1, 0, 1 ],
        [ 10, 'true',  0, 1, 1 ],
        [ 10, 'true',  0, 0, 1 ],
        [ 10, 'false', 0, 0, 0 ],
        [ 10, 'false', 0, 1, 0 ],
        [ 10, 'false', 1, 0, 0 ],
        [ 10, 'false', 1, 1, 1 ],
    );
    for my $row (@table) {
        my ( $channels, $keep_ready, $is_up, $is_time, $is_ready ) = @$row;
        $network->add_link( 'uplink0', ['198.51.100.1/24'], ['198.51.100.254/24'] ) if $is_up;
        my $daemon = daemon_with(
            { links => $uplink, schedule => schedule($is_time) },
            {
                name       => '"mx"',
                address    => '"127.0.0.1"',
                link       => '"uplink"',
                channels   => $channels,
                keep_ready => $keep_ready
            }
        )->start;
        my $socket = IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => 2525 );
        is( defined $socket ? 1 : 0,
            $is_ready, "channels $channels, keep_ready $keep_ready, link $is_up, schedule $is_time" );
        is( listener_of( $daemon, 'mx' )->{ready} ? 1 : 0, $is_ready, 'the status agrees' );
        $daemon->stop;
        $network->ip(qw(link del uplink0)) if $is_up;
    }
};

subtest 'what cannot be opened is tried again, and all else goes on' => sub {
    $network->add_link( 'uplink0', ['198.51.100.1/24'], ['198.51.100.254/24'] );
    $network->ip(qw(link set uplink0 down));
    my $daemon = daemon_with(
        { links => $uplink },
        { name => '"mx"',  address => '"198.51.100.1"', link => '"uplink"', keep_ready => 'false' },
        { name => '"lan"', address => '"127.0.0.1"' }
    )->start;
    my $other = IO::Socket::INET->new(
        LocalAddr => '198.51.100.1',
        LocalPort => 2525,
        Listen    => 1,
        ReuseAddr => 1
    ) or die "listen: $!\n";
    $network->ip(qw(link set uplink0 up));
    $daemon->wait_for_log(qr/ listener_failed error="listener mx: .*Address already in use"/);
    becomes( $daemon, 'mx', qr/^not ready: listen on .*: Address already in use$/, 'the status' );
    is( ( ctl( $daemon, 'reload' ) )[0], 0, 'a reload works all the same' );
    close $other;
    becomes( $daemon, 'mx', qr/^ready: link uplink is up$/, 'later it is free' );
    my @failures = $daemon->log =~ / listener_failed /g;
    cmp_ok( scalar @failures, '<=', 2, 'the log has said it once, and at the reload' );
    $network->ip(qw(link del uplink0));
};

subtest 'an interface that comes and goes' => sub {
    my $daemon = daemon_with( {}, { name => '"lan"', address => '"127.0.0.1"' },
        { name => '"ppp"', interface => '"ppp7"', port => '2526' } )->start;
    my $session = Postern::Client->on_socket( $daemon,
        IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => 2525 ) );
    $session->must(220);
    $session->must( 250, 'EHLO client.example' );
    for ( 1 .. 8 ) {
        $network->ip(qw(link add ppp7 type veth peer name ppp8));
        sleep 0.3;
        $network->ip(qw(link del ppp7));
        sleep 0.3;
    }
    my $generations = () = $daemon->log =~ / serving generation=/g;
    cmp_ok( $generations, '<=', 6, 'few generations for many changes' );
    is( $session->command('NOOP'), '250 2.0.0 OK', 'the session of another listener goes on' );
};

subtest 'signals while links change' => sub {
    $network->add_link( 'uplink0', ['198.51.100.1/24'], ['198.51.100.254/24'] );
    my $daemon = daemon_with(
        { links => $uplink },
        { name => '"lan"', address => '"192.0.2.1"' },
        {
            name       => '"mx"',
            address    => '"127.0.0.1"',
            link       => '"uplink"',
            keep_ready => 'false',
            linger     => '"60 s"'
        }
    )->start;
    my $session = Postern::Client->on_socket( $daemon,
        IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => 2525 ) );
    $session->must(220);
    $network->add_link( 'lan0', ['192.0.2.1/24'], ['192.0.2.7/24'] );
    becomes( $daemon, 'lan', qr/^ready: always kept ready$/, 'the address has come' );
    $daemon->signal_and_wait( USR1 => qr/ serving / );
    becomes( $daemon, 'lan', qr/^ready: always kept ready$/, 'SIGUSR1: the reason is what it was' );
    $network->ip(qw(link set uplink0 down));
    becomes( $daemon, 'mx', qr/^ready: .*; closes in 1 min$/, 'a listener that lingers' );
    $daemon->signal_and_wait( USR2 => qr/ serving / );
    becomes( $daemon, 'mx', qr/^ready: .*; closes in 1 min$/, 'SIGUSR2: it lingers still' );
    is( listener_of( $daemon, 'mx' )->{channels}, 1, 'and its session counts' );

    $daemon->set_listener( mx => linger => '"0 s"' );
    ok( $daemon->reload, 'SIGHUP' );
    becomes( $daemon, 'mx', qr/^not ready: link uplink is down$/, 'another linger: it is closed' );
    is( listener_of( $daemon, 'mx' )->{channels}, 1, 'its session still counts' );
    $daemon->signal_and_wait( USR2 => qr/ serving / );
    is( listener_of( $daemon, 'mx' )->{channels}, 1, 'after another SIGUSR2, too' );
    $daemon->add_listener( { name => '"new"', address => '"127.0.0.2"', port => 2525,
            tls => '"none"', role => '"mx"' } );
    is( ( ctl( $daemon, 'reload' ) )[0], 0, 'posternctl reload, with one more' );
    is( listener_of( $daemon, 'new' )->{channels}, 0, 'which does not count it' );
    $network->ip( 'link', 'del', $_ ) for qw(uplink0 lan0);
};

subtest 'a listener that closes and opens again while old workers drain' => sub {
    $network->add_link( 'uplink0', ['198.51.100.1/24'], ['198.51.100.254/24'] );
    my $daemon = daemon_with(
        { links => $uplink },
        { name => '"lan"', address => '"127.0.0.1"' },
        {
            name       => '"mx"',
            address    => '"198.51.100.1"',
            link       => '"uplink"',
            keep_ready => 'false',
            linger     => '"0 s"'
        }
    )->start;
    my $session = Postern::Client->on_socket( $daemon,
        IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => 2525 ) );
    $session->must(220);
    $daemon->reload;
    $daemon->signal_and_wait( USR2 => qr/ serving / );
    for my $round ( 1 .. 2 ) {
        my $mark = $daemon->mark;
        $network->ip(qw(link set uplink0 down));
        $daemon->wait_for_log( qr/ listener_closed listener=mx /, $mark );
        $network->ip(qw(link set uplink0 up));
        $daemon->wait_for_log( qr/ listener_open listener=mx /, $mark );
    }
    unlike( $daemon->log, qr/ listener_failed /, 'its own old socket is not in the way' );
    is_open( 'uplink0', '198.51.100.1', $daemon, 'it can be reached' );
    is( $session->command('NOOP'), '250 2.0.0 OK', 'the session of the first generation goes on' );
    $network->ip(qw(link del uplink0));
};

subtest 'links that change when there is no configuration to follow' => sub {
    my $daemon = daemon_with( {}, { name => '"mx"', address => '"127.0.0.1"' } );
    my $program = $daemon->path('posternd');
    run_command( 'cp', posternd(), "$program-0" );
    rename "$program-0", $program;
    $daemon->{program} = $program;
    $daemon->start;
    $daemon->write_file( 'broken',
        qq{#!/bin/sh\n[ -z "\$POSTERN_INHERITANCE" ] || set -- -f -c /nonexistent\n}
          . 'exec ' . posternd() . qq{ "\$@"\n} );
    chmod 0755, $daemon->path('broken');
    rename $daemon->path('broken'), $program;
    $daemon->signal_and_wait( USR2 => qr/ upgrade_failed reason="exit 78/ );
    $network->ip(qw(link add ppp7 type veth peer name ppp8));
    sleep 1;
    my $used = cpu_seconds_of( $daemon->pid );
    sleep 2;
    cmp_ok( cpu_seconds_of( $daemon->pid ) - $used, '<', 0.5, 'the supervisor sleeps' );
    like( greeting_here('127.0.0.1'), qr/^220 /, 'the old workers serve' );
    $network->ip(qw(link del ppp7));
};

subtest 'a failed reload forgets nothing' => sub {
    $network->add_link( 'uplink0', ['198.51.100.1/24'], ['198.51.100.254/24'] );
    my $daemon = daemon_with(
        { links => $uplink },
        { name => '"lan"', address => '"127.0.0.1"' },
        {
            name       => '"mx"',
            address    => '"127.0.0.2"',
            link       => '"uplink"',
            keep_ready => 'false',
            linger     => '"4 s"'
        }
    )->start;
    my $other = IO::Socket::INET->new( LocalAddr => '127.0.0.3', LocalPort => 2525, Listen => 1 );
    $network->ip(qw(link set uplink0 down));
    becomes( $daemon, 'mx', qr/^ready: link uplink is down; closes in/, 'it lingers' );
    $daemon->set( links => undef );
    $daemon->set_listener( lan => address => '"127.0.0.3"' );
    $daemon->set_listener( mx => link => undef, keep_ready => 'true' );
    ok( !$daemon->reload, 'a reload for which a port is missing' );
    becomes( $daemon, 'mx', qr/^not ready: link uplink is down$/, 'and closes in time' );
    is( greeting_here('127.0.0.2'), 'refused', 'in truth' );
    $network->ip(qw(link del uplink0));
};

done_testing;
