#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/52-dns.t - the names of clients: found and confirmed for the log and for Received, never waited
# for; and a listener that may not ask sends nothing.

use strict;
use warnings;
use lib 't/lib';
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);

use Postern::Client;
use Postern::Command qw(text_of);
use Postern::Config qw(quoted);
use Postern::Daemon;
use Postern::NameServer qw(a cname ptr wire_name);
use Postern::Poll qw(poll_until);

sub reverse_name { return join( '.', reverse split /\./, $_[0] ) . '.in-addr.arpa' }

# What a zone says of addresses of which there is nothing wrong.
sub named {
    my (%names) = @_;
    return map {
        my $address = $names{$_};
        ( 'PTR ' . reverse_name($address) => [ ptr($_) ], "A $_" => [ a($address) ] )
    } keys %names;
}

# How many questions a name server has had.
sub asked {
    my ($server) = @_;
    return scalar( () = $server->questions );
}

sub listener {
    my ( $name, @more ) = @_;
    return { name => quoted($name), tls => '"none"', auth => '"clients"', dns => quoted($name),
        @more };
}

sub new_daemon {
    my ( $server, @listeners ) = @_;
    return Postern::Daemon->new(
        listeners => [ @listeners ? @listeners : map { listener($_) } qw(always cached never) ],
        settings  => {
            clients       => '[ "127.0.0.0/8" ]',
            'dns.servers' => ref $server ? '[ ' . quoted( $server->address ) . ' ]' : $server,
        }
    )->start;
}

# A client with this address of loopback, past EHLO.
sub client_at {
    my ( $daemon, $listener, $address ) = @_;
    my $socket = IO::Socket::INET->new(
        PeerAddr  => '127.0.0.1',
        PeerPort  => $daemon->place_of($listener),
        LocalAddr => $address
    ) or die "cannot connect: $!\n";
    my $client = Postern::Client->on_socket( $daemon, $socket );
    $client->must(220);
    $client->must( 250, 'EHLO c.example' );
    return $client;
}

# What stands behind "from" in the message that the client sends now.
sub received_from {
    my ( $daemon, $client ) = @_;
    my ($id) = $client->submit("Subject: x\r\n\r\nx\r\n") =~ /^250 2\.0\.0 Queued as (\S+)/
      or die "not accepted\n";
    my ($message) = grep { $_->{words}{id} eq $id } $daemon->spool->messages;
    return $message->{received} =~ /^Received: from (.*)$/m ? $1 : '';
}

# The same for a client that gives the name time to come.
sub received_later {
    my ( $daemon, $listener, $address, $questions, $server ) = @_;
    my $client = client_at( $daemon, $listener, $address );
    poll_until { asked($server) >= $questions } or die "not asked\n";
    select undef, undef, undef, 0.1;
    my $from = received_from( $daemon, $client );
    $client->close;
    return $from;
}

subtest 'a name that is confirmed is in the log and in Received' => sub {
    my $server = Postern::NameServer->new( named( 'Mail.Example.net' => '127.0.0.5' ),
        'A mail.example.net' => [ a('192.0.2.1'), a('127.0.0.5') ] );
    my $daemon = new_daemon($server);
    my $client = client_at( $daemon, 'always', '127.0.0.5' );
    like(
        $daemon->wait_for_log(qr/ client_name /),
        qr/ info client_name session=\w+ peer=127\.0\.0\.5 name=mail\.example\.net$/,
        'in the log'
    );
    is( received_from( $daemon, $client ),
        'c.example (mail.example.net [127.0.0.5])', 'in Received' );
    is( join( ' ', $server->questions ),
        'PTR 5.0.0.127.in-addr.arpa A mail.example.net', 'two questions' );

    my $mark = $daemon->mark;
    is( received_from( $daemon, client_at( $daemon, 'always', '127.0.0.5' ) ),
        'c.example (mail.example.net [127.0.0.5])', 'the next client' );
    $daemon->wait_for_log( qr/ client_name .*name=mail\.example\.net\b/, $mark );
    is( received_from( $daemon, client_at( $daemon, 'cached', '127.0.0.5' ) ),
        'c.example (mail.example.net [127.0.0.5])', 'cached' );
    is( received_from( $daemon, client_at( $daemon, 'never', '127.0.0.5' ) ),
        'c.example ([127.0.0.5])', 'never' );
    is( asked($server), 2, 'no more questions' );
};

subtest 'who may not ask sends nothing' => sub {
    my $server = Postern::NameServer->new( named( 'mail.example.net' => '127.0.0.5' ) );
    my $daemon = new_daemon($server);
    for ( 1 .. 20 ) {
        for my $listener (qw(never cached)) {
            my $client = client_at( $daemon, $listener, "127.0.1.$_" );
            received_from( $daemon, $client );
            $client->command('QUIT');
        }
    }
    is( asked($server), 0, 'not one packet' );
    unlike( $daemon->log, qr/ client_name /, 'no name' );
    my $client = client_at( $daemon, 'always', '127.0.0.5' );
    $daemon->wait_for_log(qr/ client_name /);
    is( asked($server), 2, 'the server would have counted' );
};

subtest 'where no listener may ask there is no socket' => sub {
    my $daemon = new_daemon( '[ "127.0.0.1:9" ]', listener('never') );
    my $client = client_at( $daemon, 'never', '127.0.0.5' );
    my ($worker) = $daemon->log =~ /posternd\[(\d+)\] info session_begin /;
    my %inodes = map { readlink($_) =~ /^socket:\[(\d+)\]/ ? ( $1 => 1 ) : () }
      glob "/proc/$worker/fd/*";
    my @datagram = map { split /^/, text_of("/proc/$worker/net/$_") } qw(udp udp6);
    ok( scalar keys %inodes, 'its sockets are seen' );
    is( scalar( grep { $inodes{ ( split ' ' )[9] // '' } } @datagram ), 0, 'none is of UDP' );
};

sub packet { return Postern::NameServer::packet(@_) }

# Says always the same.
sub replies {
    my ( $flags, @records ) = @_;
    return sub { packet( $_[0], $flags, @records ) };
}

# With another octet there.
sub changed {
    my ( $query, $at ) = @_;
    substr( $query, $at, 1 ) ^= "\1";
    return $query;
}

my $evil             = [ "evil\r\nSubject: x", 'example', 'net' ];
my $good             = ptr('good.example.net');
my $circle           = cname('x.example');
my $way_back         = cname( 'x.example', 60, wire_name('x.example') );
my $points_to_itself = "\xc0\x28" . pack 'nnNn/a', 12, 1, 60, "\xc0\x28";

# Each with the number of questions that it makes.
my @bad = (
    [ 'it has no name',            0, 1 ],
    [ 'it has another address',    [ ptr('mail.example.net') ],  2 ],
    [ 'the name does not exist',   [ ptr('none.example.net') ],  2 ],
    [ 'a name with CR LF',         [ ptr($evil) ],               1 ],
    [ 'a name with a dot inside',  [ ptr( ['a.b'] ) ],           1 ],
    [ 'a name with parentheses',   [ ptr('a(b).example.net') ],  1 ],
    [ 'the root',                  [ ptr('') ],                  1 ],
    [ 'an underscore',             [ ptr('_x.example.net') ],    1 ],
    [ 'a CNAME to itself',           replies( 0x8180, $circle, $way_back ),       2 ],
    [ 'a name that points to itself', replies( 0x8180, $points_to_itself ),       2 ],
    [ 'a packet cut short', sub { substr packet( $_[0], 0x8180, $good ), 0, -5 }, 2 ],
    [ 'a packet that says so', replies( 0x8380, $good ), 2 ],
    [ 'a failure',             replies(0x8182),          2 ],
    [ 'a refusal',             replies(0x8185),          2 ],
    [ 'noise',                 sub { 'x' x 900 },        1 ],
    [ 'an empty packet',       sub { '' },               1 ],
    [ 'another question', sub { packet( changed( $_[0], 13 ), 0x8180, $good ) }, 1 ],
    [ 'another id',       sub { packet( changed( $_[0], 0 ),  0x8180, $good ) }, 1 ],
);

subtest 'nonsense is no name' => sub {
    my %zone = ( 'A mail.example.net' => [ a('192.0.2.1') ] );
    for my $i ( 0 .. $#bad ) {
        my $address = '127.0.2.' . ( $i + 1 );
        $zone{ 'PTR ' . reverse_name($address) } = $bad[$i][1] if $bad[$i][1];
        $zone{'A good.example.net'} = [ map { a("127.0.2.$_") } 1 .. 20 ];
    }
    my $server = Postern::NameServer->new( %zone, named( 'ok.example.net' => '127.0.0.5' ) );
    my $daemon = new_daemon($server);
    my $asked  = 0;
    for my $i ( 0 .. $#bad ) {
        my ( $what, undef, $questions ) = @{ $bad[$i] };
        my $address = '127.0.2.' . ( $i + 1 );
        is( received_later( $daemon, 'always', $address, $asked += $questions, $server ),
            "c.example ([$address])", $what );
        $asked = asked($server);
    }
    unlike( $daemon->log, qr/ client_name /, 'no name is in the log' );
    my $client = client_at( $daemon, 'always', '127.0.0.5' );
    like( $daemon->wait_for_log(qr/ client_name /), qr/name=ok\.example\.net/, 'a good one is' );
    unlike( $daemon->log, qr/ worker_died /, 'the worker lives' );
};

subtest 'aliases, several names, and large times are all right' => sub {
    my $alias  = '5.0/25.4.0.127.in-addr.arpa';
    my $server = Postern::NameServer->new(
        named( 'a.example.net' => '127.0.4.5', 'c.example.net' => '127.0.4.6' ),
        'PTR ' . reverse_name('127.0.4.5') =>
          [ cname($alias), ptr( 'a.example.net', 60, wire_name($alias) ) ],
        'PTR ' . reverse_name('127.0.4.6') =>
          [ ptr('a.example.net'), ptr('none.example'), ptr('c.example.net') ],
        'PTR ' . reverse_name('127.0.4.7') => [ ptr( 'e.example.net', 0xffffffff ) ],
        'A e.example.net'                  => [ a('127.0.4.7') ],
        'PTR ' . reverse_name('127.0.4.8') => [ ptr( 'f.example.net', 0x7fffffff ) ],
        'A f.example.net'                  => [ a( '127.0.4.8', 0x7fffffff ) ],
    );
    my $daemon = new_daemon($server);
    my %name   = ( 5 => 'a', 6 => 'c', 7 => 'e', 8 => 'f' );
    for my $last ( sort keys %name ) {
        my $mark   = $daemon->mark;
        my $client = client_at( $daemon, 'always', "127.0.4.$last" );
        like( $daemon->wait_for_log( qr/ client_name /, $mark ),
            qr/ peer=127\.0\.4\.$last name=$name{$last}\.example\.net$/, "127.0.4.$last" );
    }
    my $asked = asked($server);
    my @kept = client_at( $daemon, 'always', '127.0.4.8' );
    is( asked($server), $asked, 'a large time is kept' );
    push @kept, client_at( $daemon, 'always', '127.0.4.7' );
    poll_until { asked($server) > $asked };
    cmp_ok( asked($server), '>', $asked, 'one of 32 bits is none (RFC 2181 8)' );
};

subtest 'a dead name server delays nobody' => sub {
    my $silent = Postern::NameServer->new(
        map { ( 'PTR ' . reverse_name("127.0.3.$_") => sub { return } ) } 1 .. 100 );
    my $daemon = new_daemon($silent);
    my $begun  = time;
    for ( 1 .. 100 ) {
        my $client = client_at( $daemon, 'always', "127.0.3.$_" );
        is( received_from( $daemon, $client ), "c.example ([127.0.3.$_])", 'no name' ) if $_ == 100;
        $client->command('QUIT');
    }
    my $taken = time - $begun;
    cmp_ok( $taken, '<', 20, "100 clients took $taken s, not 2 s each" );
    cmp_ok( asked($silent), '<=', 2 * 64, 'so many addresses are looked up at a time' );
    is( scalar( grep { !/^PTR / } $silent->questions ), 0, 'and about nothing else' );

    my $socket = IO::Socket::INET->new( LocalAddr => '127.0.0.1', Proto => 'udp' );
    my $nobody = '[ "127.0.0.1:' . $socket->sockport . '" ]';
    close $socket;
    $daemon = new_daemon($nobody);
    is( received_from( $daemon, client_at( $daemon, 'always', '127.0.0.5' ) ),
        'c.example ([127.0.0.5])', 'where nobody is there either' );
};

subtest 'a slow one has its name in time for the second message' => sub {
    my $server = Postern::NameServer->new(
        named( 'mail.example.net' => '127.0.0.5' ),
        'PTR ' . reverse_name('127.0.0.5') => sub {
            select undef, undef, undef, 1;
            return packet( $_[0], 0x8180, ptr('mail.example.net') );
        }
    );
    my $daemon = new_daemon($server);
    my $client = client_at( $daemon, 'always', '127.0.0.5' );
    is( received_from( $daemon, $client ), 'c.example ([127.0.0.5])', 'the first has none' );
    $daemon->wait_for_log(qr/ client_name /);
    is( received_from( $daemon, $client ), 'c.example (mail.example.net [127.0.0.5])', 'then' );
};

subtest 'the next server is asked where one fails' => sub {
    my $fail = sub { packet( $_[0], 0x8182 ) };
    my $bad  = Postern::NameServer->new( 'PTR ' . reverse_name('127.0.0.5') => $fail,
        'A mail.example.net' => $fail );
    my $good = Postern::NameServer->new( named( 'mail.example.net' => '127.0.0.5' ) );
    my $both   = join ', ', map { quoted( $_->address ) } $bad, $good;
    my $daemon = new_daemon("[ $both ]");
    my $client = client_at( $daemon, 'always', '127.0.0.5' );
    like( $daemon->wait_for_log(qr/ client_name /), qr/ name=mail\.example\.net$/, 'the name' );
};

subtest 'clients that a proxy or XCLIENT names' => sub {
    my $server = Postern::NameServer->new( named( 'far.example.net' => '192.0.2.7' ) );
    my $daemon = new_daemon(
        $server,
        listener( 'always', role => '"both"', xclient_from => '[ "127.0.0.1" ]', ),
        {
            %{ listener('always') },
            name       => '"proxied"',
            role       => '"both"',
            proxy_from => '[ "127.0.0.1" ]',
        },
    );
    my $wait = sub {
        my ($mark) = @_;
        return $daemon->wait_for_log( qr/ client_name /, $mark );
    };
    my $mark   = $daemon->mark;
    my $client = Postern::Client->new( $daemon, 'proxied' );
    $client->send("PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n");
    $client->must(220);
    like( $wait->($mark), qr/ peer=192\.0\.2\.7 name=far\.example\.net$/, 'PROXY' );
    is( asked($server), 2, 'the proxy itself is not looked up' );

    $mark   = $daemon->mark;
    $client = Postern::Client->session( $daemon, 'always' );
    $client->must( 220, 'XCLIENT ADDR=192.0.2.7' );
    like( $wait->($mark), qr/ peer=192\.0\.2\.7 name=far\.example\.net$/, 'XCLIENT ADDR' );
    poll_until { asked($server) >= 3 };    # the one who speaks for others
    my $asked = asked($server);

    $mark   = $daemon->mark;
    $client = Postern::Client->session( $daemon, 'always' );
    $client->must( 220, 'XCLIENT ADDR=192.0.2.8 NAME=said.example.net' );
    $client->must( 250, 'EHLO c.example' );
    like( $wait->($mark), qr/ peer=192\.0\.2\.8 name=said\.example\.net$/, 'XCLIENT NAME' );
    $client->must( 250, 'MAIL FROM:<alice@example.org>' );
    $client->must( 250, 'RCPT TO:<bob@example.org>' );
    $client->must( 354, 'DATA' );
    $client->send("Subject: x\r\n\r\nx\r\n.\r\n");
    $client->must(250);
    like(
        join( '', map { $_->{received} } $daemon->spool->messages ),
        qr/^Received: from c\.example \(said\.example\.net \[192\.0\.2\.8\]\)$/m,
        'in Received'
    );
    $client->must( 220, 'XCLIENT NAME=[UNAVAILABLE] ADDR=192.0.2.9' );
    is( asked($server), $asked, 'what has been said is not looked up' );
};

done_testing;
