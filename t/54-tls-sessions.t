#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/54-tls-sessions.t - TLS sessions that are resumed: in another worker, after a reload, under
# another binary; and what is not taken along with them.  And many that begin at once.

use strict;
use warnings;
use lib 't/lib';
use IO::Socket::SSL;
use MIME::Base64 qw(encode_base64);
use Net::SSLeay;
use Test::More;

use Postern::Client;
use Postern::Command qw(text_of);
use Postern::Daemon;
use Postern::Process qw(children_of);
use Postern::RawTls;

my @versions = qw(TLSv1_2 TLSv1_3);
my $login    = 'AUTH PLAIN ' . encode_base64( "\0alice\0secret", '' );

my $daemon = Postern::Daemon->new(
    listeners => [qw(submission submissions)],
    settings  => { workers => '2' }
)->start;

# What a mail program remembers of its last TLS session: octets, since OpenSSL forgets a session
# that was cut off.
package Memory {

    sub new {
        my ( $class, $version ) = @_;
        return bless { version => $version }, $class;
    }

    sub keep {
        my ( $self, $socket ) = @_;
        my $session = Net::SSLeay::get1_session( $socket->_get_ssl_object );
        $self->{octets} = Net::SSLeay::i2d_SSL_SESSION($session);
        Net::SSLeay::SESSION_free($session);
        return;
    }

    # IO::Socket::SSL asks for it, and tells of what we keep ourselves.
    sub get_session {
        my ($self) = @_;
        return defined $self->{octets} ? Net::SSLeay::d2i_SSL_SESSION( $self->{octets} ) : undef;
    }
    sub add_session { return }
    sub del_session { return }

    sub settings {
        my ($self) = @_;
        return (
            SSL_version       => $self->{version},
            SSL_session_cache => $self,
            SSL_session_key   => 'postern'
        );
    }
}

# A session under TLS.
sub session_of {
    my ( $memory, $listener ) = @_;
    $listener //= 'submission';
    my $client = Postern::Client->on_socket( $daemon,
        Postern::Client::connected_to( $daemon->place_of($listener) ) );
    if ( $listener eq 'submissions' ) {
        $client->start_tls( $memory->settings );
        $client->{greeting} = $client->must(220);
    }
    else {
        $client->{greeting} = $client->must(220);
        $client->must( 250, 'EHLO client.example' );
        $client->must( 220, 'STARTTLS' );
        $client->start_tls( $memory->settings );
    }
    $client->must( 250, 'EHLO client.example' );    # a ticket has come before this reply
    $memory->keep( $client->{socket} );
    return $client;
}

# Where the server waits for the handshake.
sub client_before_handshake {
    my ( $of, $listener ) = @_;
    my $client = Postern::Client->on_socket( $of,
        Postern::Client::connected_to( $of->place_of($listener) ) );
    return $client if $listener eq 'submissions';
    $client->must(220);
    $client->must( 250, 'EHLO client.example' );
    $client->must( 220, 'STARTTLS' );
    return $client;
}

sub worker_serving {
    my ($client) = @_;
    return $daemon->worker_of( $client->greeting );
}

sub is_resumed {
    my ($client) = @_;
    my $is_it = $client->{socket}->get_session_reused;
    $client->must( 221, 'QUIT' );
    $client->close;
    return $is_it;
}

# Has the session served by another worker than this one.
sub session_elsewhere {
    my ( $worker, $memory ) = @_;
    kill STOP => $worker;
    my $client = eval { session_of($memory) };
    my $error  = $@;
    kill CONT => $worker;
    return $client // die $error;
}

subtest 'in another worker' => sub {
    for my $version (@versions) {
        my $memory = Memory->new($version);
        my $first  = session_of( $memory );
        my $worker = worker_serving($first);
        ok( !is_resumed($first), "$version: the first time there is nothing to resume" );
        for my $time ( 1 .. 2 ) {
            my $next  = session_elsewhere( $worker, $memory );
            my $other = worker_serving($next);
            isnt( $other, $worker, "$version: it comes to another one" );
            ok( is_resumed($next), 'and resumes its session' );
            $worker = $other;
        }
    }
};

subtest 'who is logged in is not resumed' => sub {
    for my $version (@versions) {
        my $memory = Memory->new($version);
        my $first  = session_of( $memory );
        $first->must( 235, $login );
        is_resumed($first);
        for my $listener (qw(submission submissions)) {
            my $next = session_of( $memory, $listener );
            like( $next->command('MAIL FROM:<a@example.org>'),
                qr/^530 /, "$version, $listener: nobody has logged in" );
            $next->must( 235, $login );
            $next->must( 250, 'MAIL FROM:<a@example.org>' );
            ok( is_resumed($next), 'in a session that is resumed' );
        }
    }
};

subtest 'after a reload' => sub {
    for my $version (@versions) {
        my $memory = Memory->new($version);
        my $first  = session_of( $memory );
        my $worker = worker_serving($first);
        is_resumed($first);
        ok( $daemon->reload, 'reload' );
        my $next = session_of( $memory );
        isnt( worker_serving($next), $worker, "$version: it comes to a new worker" );
        ok( is_resumed($next), 'and resumes its session' );
    }
};

subtest 'under another binary' => sub {
    for my $version (@versions) {
        my $memory = Memory->new($version);
        is_resumed( session_of( $memory ) );
        like( $daemon->signal_and_wait( USR2 => qr/ (?:serving|upgrade_failed) / ),
            qr/ serving /, "$version: upgrade" );
        ok( is_resumed( session_of( $memory ) ), 'it resumes its session' );
    }
};

subtest 'with another certificate' => sub {
    my %memories = map { $_ => Memory->new($_) } @versions;
    is_resumed( session_of($_) ) for values %memories;
    $daemon->make_certificate( 'cert', 'localhost' );
    ok( $daemon->reload, 'reload' );
    for my $version (@versions) {
        ok( !is_resumed( session_of( $memories{$version} ) ), "$version: nothing is resumed" );
        ok( is_resumed( session_of( $memories{$version} ) ),  'but the next time' );
    }
};

sub maps_of_keys {
    my ($pid) = @_;
    return grep { /postern-ticket-keys/ } split /\n/, text_of("/proc/$pid/maps");
}

subtest 'who has the keys' => sub {
    plan skip_all => 'only root can look into processes of another user' if $> != 0;
    my @maps = map { [ maps_of_keys($_) ] } children_of( $daemon->pid );
    my @with = grep { @$_ } @maps;
    is( scalar @with, 2, 'the workers' );
    cmp_ok( scalar @maps, '>', 2, 'no helper' );
    like( $_, qr/ r--s /, 'for reading' ) for map { @$_ } @with;
};

# More than begin in one turn of the worker's loop, and some go away before it is theirs.
subtest 'many handshakes at once' => sub {
    my $one    = Postern::Daemon->new( listeners => [qw(submission submissions)] )->start;
    my $open   = Postern::Client->session( $one, 'submission' );
    my $worker = $one->worker_of( $open->greeting );
    for my $listener (qw(submission submissions)) {
        my @clients = map { client_before_handshake( $one, $listener ) } 1 .. 40;
        my @tls     = map { Postern::RawTls->new('1.3') } @clients;
        kill STOP => $worker;
        $clients[$_]->send( $tls[$_]->hello ) for 0 .. $#clients;
        $clients[$_]->vanish for grep { $_ % 4 == 0 } 0 .. $#clients;
        kill CONT => $worker;
        my @staying = grep { $_ % 4 != 0 } 0 .. $#clients;
        my @served  = grep { $tls[$_]->shake_hands( $clients[$_] ) } @staying;
        is( scalar @served, 30, "$listener: who stays is served" );
        like( $open->command('NOOP'), qr/^250 /, 'and so is who was there' );
        $_->close for @clients[@staying];
    }
    my @waiting = map { client_before_handshake( $one, 'submissions' ) } 1 .. 20;
    is( $one->stop, 0, 'who does not begin does not hold up the end' );
    is( $_->rest, '', 'and is cut off' ) for @waiting;
};

unlike( $daemon->log, qr/ (?:worker_died|alert) /, 'no worker has died' );

done_testing;
