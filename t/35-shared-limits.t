#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/35-shared-limits.t - the limits of a client, which hold for all workers together, and whatever
# becomes of those.

use strict;
use warnings;
use lib 't/lib';
use Test::More;

use Postern::Client;
use Postern::Command qw(posternd);
use Postern::Daemon;
use Postern::Poll qw(poll_until);
use Postern::Process qw(is_running);

# Four workers, and a client that they do not trust.
sub daemon {
    my (%settings) = @_;
    return Postern::Daemon->new(
        listeners => ['mx'],
        settings  => { workers => '4', clients => '[ ]', drain_time => '"1 h"', %settings }
    )->start;
}

sub connection_to {
    my ($daemon) = @_;
    return Postern::Client->new( $daemon, 'mx' );
}

sub session_with {
    my ($daemon) = @_;
    return Postern::Client->session( $daemon, 'mx' );
}

# Sessions that have just ended may still count for a moment.
sub session_soon {
    my ($daemon) = @_;
    my $session = poll_until {
        eval { session_with($daemon) }
    };
    return $session // die "nobody is served any more\n";
}

# So many sessions, each with another worker: one that has a session is asleep until all are there.
sub sessions_with_each {
    my ( $daemon, $count ) = @_;
    my %session_of;
    for ( 1 .. $count ) {
        my $session = session_with($daemon);
        my $worker  = $daemon->worker_of( $session->greeting );
        kill STOP => $worker;
        $session_of{$worker} = $session;
    }
    kill CONT => keys %session_of;
    return \%session_of;
}

# Of so many more connections, those that are served; the others are told why they are not.
sub served_of {
    my ( $daemon, $count ) = @_;
    my @served;
    for ( 1 .. $count ) {
        my $client = connection_to($daemon);
        my $reply  = $client->reply;
        if    ( $reply =~ /^220 / )         { push @served, $client; $client->{greeting} = $reply }
        elsif ( $reply !~ /^421 4\.7\.0 / ) { die "a client was told: $reply\n" }
    }
    return @served;
}

sub upgrade {
    my ($daemon) = @_;
    return $daemon->signal_and_wait( USR2 => qr/ (?:serving|upgrade_failed) / ) =~ / serving /;
}

subtest 'connections at once' => sub {
    my $daemon   = daemon( 'limits.client_connections' => '5' );
    my $sessions = sessions_with_each( $daemon, 4 );
    is( scalar keys %$sessions, 4, 'each worker has one' );
    my @fifth = served_of( $daemon, 16 );
    is( scalar @fifth, 1, 'of 20, 5 are served in all' );
    $daemon->wait_for_log(qr/ client_refused listener=mx peer=127\.0\.0\.1 limit=client_connections/);
    $_->must( 250, 'NOOP' ) for @fifth, values %$sessions;
    for my $session ( values %$sessions ) {
        $session->must( 221, 'QUIT' );
        ok( session_soon($daemon), 'when one goes another may come, whoever had it' ) or last;
    }
};

subtest 'connections of old workers' => sub {
    my $daemon   = daemon( 'limits.client_connections' => '5' );
    my $sessions = sessions_with_each( $daemon, 4 );
    ok( $daemon->reload, 'reload' );
    my @fifth = served_of( $daemon, 5 );
    is( scalar @fifth, 1, 'count too' );
    my ($worker) = keys %$sessions;
    $sessions->{$worker}->must( 221, 'QUIT' );
    ok( poll_until { !is_running($worker) }, 'one of them ends' );
    my @sixth = session_soon($daemon);
    is( scalar served_of( $daemon, 5 ), 0, 'and leaves room for one' );
    $daemon->set( 'limits.client_connections' => '7' );
    ok( $daemon->reload, 'another reload, with a higher limit' );
    my @more = served_of( $daemon, 5 );
    is( scalar @more, 2, 'which holds for all of them together' );
};

subtest 'connections of a worker that was killed' => sub {
    my $daemon   = daemon( 'limits.client_connections' => '5' );
    my $sessions = sessions_with_each( $daemon, 4 );
    my ( $new, $old ) = keys %$sessions;
    kill KILL => $new;
    $daemon->wait_for_log(qr/ worker_died pid=$new /);
    my @served = session_soon($daemon);
    push @served, served_of( $daemon, 10 );
    is( scalar @served, 2, 'are given back, and no others' );
    my $with_old = 1 + grep { $daemon->worker_of( $_->greeting ) == $old } @served;
    ok( $daemon->reload, 'reload' );
    kill KILL => $old;
    $daemon->wait_for_log(qr/ worker_ended pid=$old /);
    my @again = ( session_soon($daemon), served_of( $daemon, 10 ) );
    is( scalar @again, $with_old, 'so are those of an old worker' );
};

subtest 'connections of the workers of another binary' => sub {
    my $daemon   = daemon( 'limits.client_connections' => '5' );
    my $sessions = sessions_with_each( $daemon, 4 );
    ok( upgrade($daemon), 'upgrade' );
    unlike( $daemon->log, qr/ counts_lost /, 'which keeps the counts' );
    my @served = served_of( $daemon, 10 );
    is( scalar @served, 1, 'count too' );
    my ($old) = keys %$sessions;
    kill KILL => $old;
    $daemon->wait_for_log(qr/ worker_ended pid=$old /);
    push @served, session_soon($daemon);
    is( scalar served_of( $daemon, 10 ), 0, 'and are given back when one of those is killed' );
};

# Not too often: each time the next ones wait longer before they begin.
subtest 'a worker that is killed again and again' => sub {
    my $daemon = daemon( 'limits.client_connections' => '8' );
    for my $round ( 1 .. 3 ) {
        my @sessions = map { session_soon($daemon) } 1 .. 8;
        is( scalar served_of( $daemon, 3 ), 0, "round $round: 8 and no more" );
        my %workers = map { $daemon->worker_of( $_->greeting ) => 1 } @sessions;
        kill KILL => keys %workers;
        $daemon->wait_for_log(qr/ worker_died pid=$_ /) for keys %workers;
    }
};

subtest 'rates' => sub {
    my $daemon =
      daemon( 'limits.client_connection_rate' => '6', 'limits.client_message_rate' => '3' );
    my $sessions = sessions_with_each( $daemon, 4 );
    my @replies  = map { $_->command('MAIL FROM:<a@example.net>') } values %$sessions;
    is( scalar( grep { /^250 / } @replies ), 3, 'messages of all sessions count together' );
    is( scalar( grep { /^450 4\.7\.1 / } @replies ), 1, 'one is too many' );
    ok( $daemon->reload, 'reload' );
    my @more = served_of( $daemon, 5 );
    is( scalar @more, 2, 'so do connections, though all workers are new' );
    $more[0]->must( 250, 'EHLO client.example' );
    like( $more[0]->command('MAIL FROM:<a@example.net>'), qr/^450 4\.7\.1 /, 'and messages' );
};

# What a binary finds that counts otherwise than the one before.
subtest 'an upgrade to a binary that counts otherwise' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['mx'],
        settings  => { clients => '[ ]', 'limits.client_connections' => '2' }
    );
    my $binary = posternd();
    $daemon->write_file( 'other', 'a page of counters that was made otherwise' );
    $daemon->write_file( 'posternd', <<"END" );
#!/bin/sh
exec 9<>'@{[ $daemon->path('other') ]}'
POSTERN_INHERITANCE="format 2
scoreboard 9
" exec '$binary' "\$@"
END
    chmod 0755, $daemon->path('posternd');
    $daemon->{program} = $daemon->path('posternd');
    $daemon->start;
    my @lost = $daemon->log =~ / (warning counts_lost reason=".*")/g;
    is_deeply(
        \@lost,
        ['warning counts_lost reason="memory postern-scoreboard has another layout"'],
        'it says so, once'
    );
    my @served = served_of( $daemon, 5 );
    is( scalar @served, 2, 'and begins anew' );
};

done_testing;
