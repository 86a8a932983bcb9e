#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/51-addresses.t - who is in clients and in blocked, from files and by the thousand, and what
# channels are kept for clients.

use strict;
use warnings;
use lib 't/lib';
use IO::Socket::INET;
use Test::More;

use Postern::Client;
use Postern::Command qw(posternd run_command);
use Postern::Daemon;
use Postern::Poll qw(poll_until);
use Postern::Site;

# A client with this address, which is one of this host.
sub connection_from {
    my ( $address, $daemon, $listener ) = @_;
    my $socket = IO::Socket::INET->new(
        LocalAddr => $address,
        PeerAddr  => '127.0.0.1',
        PeerPort  => $daemon->place_of($listener),
        Timeout   => 30
    ) or die "cannot connect from $address: $!\n";
    return Postern::Client->on_socket( $daemon, $socket );
}

# What MAIL is answered.
sub mail_from {
    my ( $address, $daemon ) = @_;
    my $client = connection_from( $address, $daemon, 'lan' );
    $client->must(220);
    $client->must( 250, 'EHLO client.example' );
    return $client->command('MAIL FROM:<a@example.org>');
}

subtest 'files of addresses' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['lan'],
        settings  => { clients => '[ "127.0.0.1", "@office" ]', blocked => '[ "@spammers" ]' }
    );
    $daemon->write_file( office   => "; the office\n127.0.0.2\n127.0.0.16/30 # the printers\n" );
    $daemon->write_file( spammers => "127.0.0.17\n" );
    $daemon->start;
    like( mail_from( '127.0.0.1',  $daemon ), qr/^250 /,       'a client of the list itself' );
    like( mail_from( '127.0.0.2',  $daemon ), qr/^250 /,       'a client of the file' );
    like( mail_from( '127.0.0.18', $daemon ), qr/^250 /,       'a client of a prefix in it' );
    like( mail_from( '127.0.0.20', $daemon ), qr/^530 5\.7\.0/, 'nobody is in a comment' );
    like( mail_from( '127.0.0.17', $daemon ), qr/^550 5\.7\.1/, 'who is blocked is no client' );

    $daemon->write_file( office => "127.0.0.20\n" );
    like( mail_from( '127.0.0.20', $daemon ), qr/^530 /, 'a new file is of no effect by itself' );
    ok( $daemon->reload, 'reload' );
    like( mail_from( '127.0.0.20', $daemon ), qr/^250 /, 'then it is' );
    like( mail_from( '127.0.0.2',  $daemon ), qr/^530 /, 'and the old one is not' );

    $daemon->write_file( office => "127.0.0.20\nexample.org\n" );
    my $mark = $daemon->mark;
    ok( !$daemon->reload, 'a broken file is refused' );
    $daemon->wait_for_log( qr{ config_error .*/office:2: .*example\.org}, $mark );
    like( mail_from( '127.0.0.20', $daemon ), qr/^250 /, 'and changes nothing' );
};

subtest 'blocked at once under TLS' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['submissions'],
        settings  => { blocked => '[ "127.0.0.3" ]', blocked_at => '"connect"' }
    )->start;
    my $client = connection_from( '127.0.0.3', $daemon, 'submissions' );
    is( $client->rest, '', 'a client is closed without a word, and without a handshake' );
    $daemon->wait_for_log(qr/ client_blocked listener=submissions peer=127\.0\.0\.3 /);
    ok( Postern::Client->session( $daemon, 'submissions' ), 'another one is served' );
};

subtest 'channels that are kept for clients' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['mx'], settings => { workers => '2' } );
    $daemon->set_listener( mx => ( channels => '5', reserve => '2' ) );
    $daemon->start;
    my @others = map { connection_from( '127.0.0.2', $daemon, 'mx' ) } 1 .. 3;
    $_->must(220) for @others;
    my $fourth = connection_from( '127.0.0.2', $daemon, 'mx' );
    like( $fourth->reply, qr/^421 4\.3\.2 /, 'others get none of them' );
    is( $fourth->rest, '', 'and that is all' );
    $daemon->wait_for_log(qr/ channels_full listener=mx peer=127\.0\.0\.2 channels=3/);
    my @clients = map { connection_from( '127.0.0.1', $daemon, 'mx' ) } 1 .. 2;
    $_->must(220) for @clients;
    like( connection_from( '127.0.0.1', $daemon, 'mx' )->reply,
        qr/^421 4\.3\.2 /, 'clients get all there are, and no more' );
    $daemon->wait_for_log(qr/ channels_full listener=mx peer=127\.0\.0\.1 channels=5/);
    ( pop @others )->must( 221, 'QUIT' );
    ( pop @clients )->must( 221, 'QUIT' );
    like( connection_from( '127.0.0.2', $daemon, 'mx' )->reply,
        qr/^421 4\.3\.2 /, 'what is free then is kept, whoever had it' );
    ok(
        poll_until { connection_from( '127.0.0.1', $daemon, 'mx' )->reply =~ /^220 / },
        'for a client'
    );
};

# Of processor, by those that have ended; others on this machine do not count.
sub seconds_of_children {
    my ( undef, undef, $user, $system ) = times;
    return $user + $system;
}

# Addresses that no range takes together.
sub many_addresses {
    my ($count) = @_;
    return join '', map { sprintf "10.%d.%d.%d\n", $_ >> 15, $_ >> 7 & 255, ( $_ & 127 ) << 1 }
      map { $_ * 7919 % $count } 0 .. $count - 1;
}

subtest 'a hundred thousand clients and fifty listeners' => sub {
    my $site = Postern::Site->new( settings => { clients => '[ "@many" ]' }, listeners => [] );
    $site->write_file( many => many_addresses(100_000) );
    $site->add_listener( { name => qq("lan-$_"), auth => '"clients"' } ) for 1 .. 50;
    my $before = seconds_of_children();
    my ( $exit, undef, $errors ) = run_command( posternd(), '-t', '-c', $site->config );
    is( $exit, 0, 'are fine' ) or diag($errors);
    cmp_ok( seconds_of_children() - $before, '<', 1, 'and read at once' );
};

done_testing;
