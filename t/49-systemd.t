#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/49-systemd.t - what posternd says to a service manager, and sockets that it is passed.

use strict;
use warnings;
use lib 't/lib';
use File::Copy qw(copy);
use File::Temp;
use Test::More;
use Time::HiRes qw(CLOCK_MONOTONIC clock_gettime sleep time);

use Postern::Client;
use Postern::Command qw(posternd text_of);
use Postern::Control qw(ctl with_control);
use Postern::Daemon;
use Postern::ServiceManager;

# A daemon that the service manager starts; what is passed to it is added before it starts.
sub service_of {
    my ( $manager, %options ) = @_;
    return Postern::Daemon->new(
        listeners => ['lan'],
        in_child  => sub { $manager->in_child },
        %options
    );
}

my $name_count = 0;

sub abstract_name { return join '-', '@postern-test', $$, ++$name_count }

sub accepts_mail {
    my ( $daemon, $listener ) = @_;
    return Postern::Client->session( $daemon, $listener // 'lan' )->submit("Subject: x\r\n") =~
      /^250 /;
}

sub monotonic_usec { return clock_gettime(CLOCK_MONOTONIC) * 1e6 }

# As an installation does it: the new file takes the place of the old one.
sub replace_program {
    my ( $daemon, $program ) = @_;
    copy( $program, $daemon->path('new') ) or die "copy: $!\n";
    chmod 0755, $daemon->path('new');
    rename $daemon->path('new'), $daemon->{program} or die "rename: $!\n";
    return;
}

subtest 'a life, as systemd hears it' => sub {
    my $manager = Postern::ServiceManager->new( notify => abstract_name() );
    my $daemon  = service_of($manager);
    $daemon->launch('-f');
    my $ready = $manager->wait_for('READY');
    is( $ready->{MAINPID}, $daemon->pid, 'ready, with the process to watch' );
    is( $ready->{STATUS}, 'Serving: generation 1, workers 1, listeners 1', 'and what it serves' );
    ok( accepts_mail($daemon), 'it is true' );

    my $before = monotonic_usec();
    $daemon->signal('HUP');
    my $reloading = $manager->wait_for('RELOADING');
    cmp_ok( $reloading->{MONOTONIC_USEC}, '>=', $before, 'reloading, after the signal' );
    cmp_ok( $reloading->{MONOTONIC_USEC}, '<=', monotonic_usec(), 'and not in the future' );
    $ready = $manager->wait_for('READY');
    is( $ready->{STATUS}, 'Serving: generation 2, workers 1, listeners 1', 'ready again' );

    $daemon->set( workers => '1000' );
    $daemon->signal('HUP');
    $manager->wait_for('RELOADING');
    $ready = $manager->wait_for('READY');
    like(
        $ready->{STATUS},
        qr/^Serving: generation 2, .*; failed: .*:\d+: workers: 1000 is outside/,
        'ready again too when the reload has failed, and says why'
    );
    $daemon->set( workers => undef, 'tls.key' => '"/none"', 'auth.users' => '"/none"' );
    $daemon->signal('HUP');
    $manager->wait_for('RELOADING');
    like( $manager->wait_for('READY')->{STATUS},
        qr/ \(and 1 more\)$/, 'the first fault of several' );
    $daemon->set( 'tls.key' => undef, 'auth.users' => undef );
    $daemon->signal('HUP');
    $manager->wait_for('RELOADING');
    is( $manager->wait_for('READY')->{STATUS},
        'Serving: generation 3, workers 1, listeners 1', 'a good one takes the failure back' );

    $daemon->signal('TERM');
    like( $manager->wait_for('STOPPING')->{STATUS}, qr/^Stopping: workers \d+$/, 'stopping' );
    is( $daemon->wait_for_end, 0, 'it ends' );
};

# systemd takes READY=1 as the end of the reload that it has asked for.
subtest 'one READY for the last of several reloads' => sub {
    my $manager = Postern::ServiceManager->new( notify => abstract_name() );
    my $daemon  = service_of($manager);
    $daemon->launch('-f');
    $manager->wait_for('READY');
    $daemon->signal('HUP');
    $manager->wait_for('RELOADING');
    $daemon->set( 'limits.message_size' => '"1 MiB"' );
    $daemon->signal('HUP');
    $manager->wait_for('RELOADING');
    $manager->wait_for('READY');
    like( Postern::Client->session( $daemon, 'lan' )->command('EHLO x'),
        qr/SIZE 1048576/, 'what is ready is what was asked for last' );
};

subtest 'a new binary' => sub {
    my $manager = Postern::ServiceManager->new( notify => abstract_name(), watchdog => 60 );
    my $daemon  = service_of($manager);
    $daemon->{program} = $daemon->path('posternd');
    replace_program( $daemon, posternd() );
    $daemon->launch('-f');
    $manager->wait_for('READY');
    for my $round ( 1, 2 ) {
        $daemon->signal('USR2');
        $manager->wait_for('RELOADING');
        my $ready = $manager->wait_for('READY');
        is( $ready->{MAINPID}, $daemon->pid, "round $round: the new binary is ready" );
        sleep 1.1;
    }

    my $seen = $daemon->path('environment');
    replace_program( $daemon,
        $daemon->write_file( 'refuses', "#!/bin/sh\nenv >$seen\nexit 1\n" ) );
    $daemon->signal('USR2');
    $manager->wait_for('RELOADING');
    like(
        $manager->wait_for('READY')->{STATUS},
        qr/; failed: the new binary could not serve/,
        'so is the old one when the new one is no good'
    );
    unlike( text_of($seen), qr/^(?:NOTIFY|WATCHDOG|LISTEN)_/m,
        'which was not told where to speak to the service manager' );
    ok( accepts_mail($daemon), 'the old one serves' );
};

subtest 'the watchdog' => sub {
    my $notify  = abstract_name();
    my $manager = Postern::ServiceManager->new( notify => $notify, watchdog => 2 );
    my $daemon  = service_of($manager);
    $daemon->launch('-f');
    $manager->wait_for('READY');
    $manager->wait_for('WATCHDOG');
    for my $number ( 1 .. 3 ) {
        my $before = time;
        $manager->wait_for('WATCHDOG');
        cmp_ok( time - $before, '<', 1.9, "ping $number comes in time though nothing happens" );
    }
    kill STOP => $daemon->pid;
    1 while $manager->next_message(0.2);
    ok( !$manager->next_message(1.6), 'one that hangs does not ping' );
    kill CONT => $daemon->pid;
    ok( $manager->wait_for('WATCHDOG'), 'it does when it goes on' );
};

subtest 'a service manager that is not there' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['lan'],
        in_child  => sub { $ENV{NOTIFY_SOCKET} = '/nowhere/notify' }
    )->start;
    like( $daemon->wait_for_log(qr/ notify_failed /),
        qr{ warning notify_failed error="send to /nowhere/notify: }, 'is told once' );
    ok( accepts_mail($daemon), 'and needs no ear to serve' );
    ok( $daemon->reload,       'or to reload' );
    is( ( () = $daemon->log =~ / notify_failed /g ), 1, 'once' );
};

subtest 'sockets by name' => sub {
    my $directory = File::Temp->newdir;
    my $manager   = Postern::ServiceManager->new( notify => "$directory/notify" );
    my $daemon    = service_of( $manager, listeners => [qw(lan local device)] );
    with_control($daemon);
    $manager->listen_for( lan => $daemon->place_of('lan') );
    my $second = $daemon->reserve_port;
    $manager->listen_for( lan   => $second );
    $manager->listen_for( local => $daemon->place_of('local') );
    my $waiting = Postern::Client->new( $daemon, 'lan' );
    $daemon->launch('-f');
    is( $manager->wait_for('READY')->{STATUS},
        'Serving: generation 1, workers 1, listeners 4', 'all of them are served' );
    like( $waiting->must(220), qr/^220 /, 'who came before the server is served' );
    ok( accepts_mail( $daemon, $_ ), "$_ is" ) for qw(lan local device);
    unlike( $daemon->log, qr/ socket_idle /, 'none is idle' );
    is( ( () = $daemon->log =~ / socket_differs listener=lan /g ), 1, 'one is elsewhere' );
    my ( undef, $status ) = ctl( $daemon, 'status' );
    like(
        $status,
        qr/^lan +passed 127\.0\.0\.1 port \d+, passed 127\.0\.0\.1 port \d+ +\d+ +500 +yes +always kept ready$/m,
        'posternctl shows a listener once, with its places'
    );

    $daemon->{places}{lan} = $second;
    ok( accepts_mail($daemon), 'which is served too' );
    my $mark = $daemon->mark;
    ok( $daemon->reload, 'they outlive a reload' );
    ok( accepts_mail( $daemon, $_ ), "$_ is served" ) for qw(lan local device);
    $daemon->remove_listener('lan');
    ok( $daemon->reload, 'a listener goes' );
    like( $daemon->wait_for_log( qr/ socket_idle /, $mark ),
        qr/ warning socket_idle name=lan place="127\.0\.0\.1 port \d+"/, 'its sockets are idle' );
    $daemon->add_listener('lan');
    $daemon->{places}{lan} = $second;
    ok( $daemon->reload,       'it comes back' );
    ok( accepts_mail($daemon), 'with its sockets' );
    is( $daemon->stop, 0, 'it stops' );
    ok( -S $daemon->place_of('local'), 'what is not its own it does not remove' );
};

subtest 'sockets outlive a new binary' => sub {
    my $manager = Postern::ServiceManager->new( notify => abstract_name() );
    my $daemon  = service_of( $manager, listeners => [qw(lan device)] );
    $manager->listen_for( lan           => $daemon->place_of('lan') );
    $manager->listen_for( 'spare one' => $daemon->reserve_port );
    $daemon->launch('-f');
    $manager->wait_for('READY');
    for my $round ( 1, 2 ) {
        my $mark = $daemon->mark;
        $daemon->signal('USR2');
        $manager->wait_for('RELOADING');
        $manager->wait_for('READY');
        ok( accepts_mail( $daemon, $_ ), "round $round: $_ is served" ) for qw(lan device);
        like( $daemon->wait_for_log( qr/ socket_idle /, $mark ),
            qr/ name="spare one" /, 'and what nobody serves is still there' );
        sleep 1.1;
    }
};

subtest 'sockets that do not fit' => sub {
    for (
        [ 'a path for an address', 'lan',   sub { shift->path('x.sock') }, qr/has a path, not/ ],
        [ 'an address for a path', 'local', sub { shift->reserve_port },   qr/has an address, not/ ],
      )
    {
        my ( $name, $listener, $place, $says ) = @$_;
        my $manager = Postern::ServiceManager->new( notify => abstract_name() );
        my $daemon  = service_of( $manager, listeners => [$listener] );
        $manager->listen_for( $listener => $place->($daemon) );
        $daemon->launch('-f');
        is( $daemon->wait_for_end, 71, "$name: it does not start" );
        like( $daemon->log, qr/posternd: listener $listener: the socket .* $says/, 'and says why' );
    }
    my $manager = Postern::ServiceManager->new( notify => abstract_name() );
    my $daemon  = service_of($manager);
    push @{ $manager->{passed} }, [ lan => $manager->{socket} ];
    $daemon->launch('-f');
    is( $daemon->wait_for_end, 78, 'a datagram socket: it does not start' );
    like( $daemon->log, qr/^posternd: descriptor 3 \(lan\).* ListenStream=/m, 'and says why' );
};

subtest 'a socket under a wrong name' => sub {
    my $manager = Postern::ServiceManager->new( notify => abstract_name() );
    my $daemon  = service_of($manager);
    $manager->listen_for( 'postern.socket' => $daemon->place_of('lan') );
    $daemon->launch('-f');
    is( $daemon->wait_for_end, 71, 'it does not start' );
    like(
        $daemon->log,
        qr/posternd: listener lan: its socket, .* FileDescriptorName=lan/,
        'and says what is missing'
    );
};

done_testing();
