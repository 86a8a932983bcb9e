#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/43-generations.t - what changes while posternd runs: reload, crash, new log, new binary.

use strict;
use warnings;
use lib 't/lib';
use File::Copy qw(copy);
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use Test::More;

use Postern::Client;
use Postern::Command qw(posternd run_command text_of);
use Postern::Config qw(quoted);
use Postern::Daemon;
use Postern::Poll qw(poll_until);
use Postern::Process qw(any_running is_running children_of);

sub session_with {
    my ( $daemon, $listener ) = @_;
    return Postern::Client->session( $daemon, $listener // 'lan' );
}

sub size_offered_by {
    my ($client) = @_;
    return $client->command('EHLO client.example') =~ /^250-SIZE (\d+)$/m ? $1 : undef;
}

sub accepts_mail {
    my ($client) = @_;
    return $client->submit("Subject: x\r\n") =~ /^250 /;
}

sub can_connect {
    my ( $daemon, $listener ) = @_;
    my $place = $daemon->place_of($listener);
    return defined IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => $place );
}

# A port that is taken, as a listener.
sub listener_on {
    my ($socket) = @_;
    return { name => '"taken"', tls => '"none"', auth => '"clients"', port => $socket->sockport };
}

sub limit_files {
    my ( $daemon, $limit ) = @_;
    my ($exit) = run_command( 'prlimit', '--pid', $daemon->pid, "--nofile=$limit:" );
    die "prlimit: $exit\n" if $exit;
    return;
}

# The limit that leaves a process so many more descriptors.
sub limit_with {
    my ( $daemon, $left ) = @_;
    my %is_open = map { m{(\d+)$} ? ( $1 => 1 ) : () } glob '/proc/' . $daemon->pid . '/fd/*';
    my $limit   = 0;
    for ( ; $left > 0 ; $limit++ ) { $left-- if !$is_open{$limit} }
    return $limit;
}

sub with_own_binary {
    my (%options) = @_;
    my $daemon = Postern::Daemon->new( listeners => ['lan'], %options );
    $daemon->{program} = $daemon->path('posternd');
    replace_binary($daemon);
    return $daemon;
}

# As an installation does it: the new file takes the place of the old one.
sub replace_binary {
    my ( $daemon, $text ) = @_;
    my $new = $daemon->path('posternd.new');
    if ( defined $text ) { $daemon->write_file( 'posternd.new', $text ) }
    else                 { copy( posternd(), $new ) or die "copy: $!\n" }
    chmod 0755, $new;
    rename $new, $daemon->path('posternd') or die "rename: $!\n";
    return;
}

# The line in the log that says how it went.
sub upgrade {
    my ($daemon) = @_;
    return $daemon->signal_and_wait( USR2 => qr/ (?:serving|upgrade_failed) / );
}

subtest 'SIGHUP with a changed file' => sub {
    my $daemon =
      Postern::Daemon->new( listeners => ['lan'], settings => { drain_time => '"1 h"' } )->start;
    my $open  = session_with($daemon);
    my $in_it = session_with($daemon);
    $in_it->must( 250, 'MAIL FROM:<a@example.org>' );
    my $size = size_offered_by($open);
    my $old  = $daemon->worker_of( $open->greeting );

    $daemon->set( 'limits.message_size' => '"1 MiB"' );
    ok( $daemon->reload, 'the new configuration is taken' );
    my $new_session = session_with($daemon);
    is( size_offered_by($new_session), 1024 * 1024, 'new sessions have it' );
    is( size_offered_by($open),        $size,       'an open one keeps the old' );
    ok( accepts_mail($open), 'and goes on' );
    $in_it->must( 250, 'RCPT TO:<b@example.net>' );
    is( $in_it->must( 354, 'DATA' ) && 1, 1, 'so does one in a transaction' );
    $in_it->send("Subject: x\r\n\r\n.\r\n");
    like( $in_it->reply, qr/^250 /, 'to its end' );
    isnt( $daemon->worker_of( $new_session->greeting ), $old, 'another worker serves' );
    $_->must( 221, 'QUIT' ) for $open, $in_it;
    ok( poll_until { !is_running($old) }, 'the old worker ends with its last session' );
    ok( accepts_mail($new_session),       'the new one serves' );
};

subtest 'SIGHUP, and a session that does not end' => sub {
    my $daemon =
      Postern::Daemon->new( listeners => ['lan'], settings => { drain_time => '"0 s"' } )->start;
    my $idle = session_with($daemon);
    my $busy = session_with($daemon);
    $busy->must( 250, 'MAIL FROM:<a@example.org>' );
    ok( $daemon->reload, 'reload' );
    like( $idle->reply, qr/^421 4\.3\.2 /, 'after drain_time it is told to come again' );
    $busy->must( 250, 'RCPT TO:<b@example.net>' );
    $busy->must( 354, 'DATA' );
    $busy->send("Subject: x\r\n.\r\n");
    like( $busy->reply, qr/^250 /,         'one in a transaction when that is over' );
    like( $busy->reply, qr/^421 4\.3\.2 /, 'at last' );
};

subtest 'SIGHUP faster than workers can be started' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['lan'] )->start;
    my @before = children_of( $daemon->pid );
    my $mark   = $daemon->mark;
    for my $size ( 1 .. 20 ) {
        $daemon->set( 'limits.message_size' => qq{"$size MiB"} );
        $daemon->signal('HUP');
        select undef, undef, undef, 0.02;
    }
    ok( poll_until { size_offered_by( session_with($daemon) ) == 20 * 1024 * 1024 },
        'the last file is the one in force' );
    my $starts = () = substr( $daemon->log, $mark ) =~ / serving /g;
    cmp_ok( $starts, '<=', 3, 'and few workers were started for it' );
    ok( poll_until { @before == ( () = children_of( $daemon->pid ) ) }, 'none is left over' );
};

subtest 'SIGHUP with other listeners' => sub {
    my $daemon = Postern::Daemon->new( listeners => [qw(lan submission)] )->start;
    my $old    = session_with( $daemon, 'submission' );
    $daemon->add_listener('both');
    $daemon->remove_listener('submission');
    ok( $daemon->reload,                                      'reload' );
    ok( session_with( $daemon, 'both' ),                      'what is new is open' );
    ok( session_with( $daemon, 'lan' ),                       'what stays is open' );
    ok( poll_until { !can_connect( $daemon, 'submission' ) }, 'what is gone is closed' );
    $old->must( 250, 'NOOP' );
    $daemon->set_listener( lan => ( channels => '0' ) );
    ok( $daemon->reload,                               'reload' );
    ok( poll_until { !can_connect( $daemon, 'lan' ) }, 'so is one without channels' );
    $daemon->set_listener( lan => ( channels => undef ) );
    ok( $daemon->reload,                                'reload' );
    ok( accepts_mail( session_with( $daemon, 'lan' ) ), 'it can be opened again' );
};

subtest 'SIGHUP with faults' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['lan'] )->start;
    my $open   = session_with($daemon);
    my $worker = $daemon->worker_of( $open->greeting );
    my $taken  = IO::Socket::INET->new( LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1 );
    my $mark   = $daemon->mark;
    $daemon->set( 'limits.recipients' => '5', 'spool.pth' => '"/tmp"' );
    ok( !$daemon->reload, 'two bad settings: refused' );
    my $log = substr $daemon->log, $mark;
    like(
        $log,
        qr/ error config_error fault="?\S*postern\.conf:\d+: .*recipients/,
        'one is logged'
    );
    like( $log, qr/ error config_error fault="?\S*postern\.conf:\d+: .*pth/, 'and the other' );

    $daemon->set(
        'limits.recipients' => undef,
        'spool.pth'         => undef,
        'tls.key'           => quoted( $daemon->path('missing.pem') )
    );
    ok( !$daemon->reload, 'no key: refused' );
    $daemon->set( 'tls.key' => undef );
    $daemon->add_listener( listener_on($taken) );
    ok( !$daemon->reload, 'a port that is taken: refused' );
    $daemon->write_file( 'postern.conf', 'listeners = (' );
    ok( !$daemon->reload, 'half a file: refused' );
    unlink $daemon->config;
    ok( !$daemon->reload, 'no file: refused' );

    is( $daemon->worker_of( session_with($daemon)->greeting ), $worker, 'the same worker serves' );
    ok( accepts_mail($open), 'the open session goes on' );
    $daemon->remove_listener('taken');
    ok( $daemon->reload,                       'with the right file all is well' );
    ok( accepts_mail( session_with($daemon) ), 'again' );
};

subtest 'SIGHUP with other users and certificates' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['submissions'] )->start;
    $daemon->write_users( alice => 'other', bob => 'secret' );
    my $mark = $daemon->mark;
    my $old  = Postern::Client->new( $daemon, 'submissions' );
    ok( $daemon->reload, 'reload' );
    Postern::Client->new( $daemon, 'submissions' )->log_in( bob   => 'secret' );
    Postern::Client->new( $daemon, 'submissions' )->log_in( alice => 'other' );
    ok( !eval { Postern::Client->new( $daemon, 'submissions' )->log_in( alice => 'secret' ); 1 },
        'the old password is wrong' );
    $daemon->make_certificate( 'cert', 'localhost' );
    ok( !eval { Postern::Client->new( $daemon, 'submissions' ); 1 },
        'a certificate is not looked at meanwhile' );
    ok( $daemon->reload,                                'reload' );
    ok( Postern::Client->new( $daemon, 'submissions' ), 'the new certificate is in use' );
};

# Flushers are forked before them.
sub helpers_of {
    my ( $daemon, $worker ) = @_;
    my @others = sort { $a <=> $b } grep { $_ != $worker } children_of( $daemon->pid );
    return @others[ $daemon->flushers .. $#others ];
}

subtest 'many SIGHUPs' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['lan'] )->start;
    for my $number ( 1 .. 20 ) {
        $daemon->set( 'limits.message_size' => "\"$number MiB\"" );
        $daemon->signal('HUP');
        session_with($daemon)->must( 221, 'QUIT' );
    }
    ok( poll_until { size_offered_by( session_with($daemon) ) == 20 * 1024 * 1024 },
        'the last one wins' );
    unlike( $daemon->log, qr/ (?:worker_died|reload_failed) /, 'nothing went wrong' );
    ok( poll_until { children_of( $daemon->pid ) == 3 + $daemon->flushers },
        'one worker and its helpers are left' );
};

subtest 'a worker that is killed' => sub {
    my $daemon  = Postern::Daemon->new( listeners => [qw(lan submissions)] )->start;
    my $open    = session_with($daemon);
    my $worker  = $daemon->worker_of( $open->greeting );
    my @helpers = grep { $_ != $worker } children_of( $daemon->pid );
    is( scalar @helpers, 2 + $daemon->flushers, 'it has helpers' );
    kill KILL => $worker;
    is( $open->rest, '', 'its sessions are cut off' );
    $daemon->wait_for_log(qr/ alert worker_died pid=$worker role=worker status="signal 9"/);
    my $new = session_with($daemon);
    isnt( $daemon->worker_of( $new->greeting ), $worker, 'another one serves' );
    Postern::Client->new( $daemon, 'submissions' )->log_in( alice => 'secret' );
    ok( poll_until { !any_running(@helpers) },           'its helpers end with it' );
    ok( poll_until { children_of( $daemon->pid ) == 3 + $daemon->flushers },
        'the new one has helpers of its own' );
};

subtest 'a helper that is killed' => sub {
    my $daemon =
      Postern::Daemon->new( listeners => ['submissions'], settings => { 'auth.processes' => '1' } )
      ->start;
    my $worker = $daemon->worker_of( Postern::Client->new( $daemon, 'submissions' )->must(220) );
    my ($helper) = helpers_of( $daemon, $worker );
    kill KILL => $helper;
    $daemon->wait_for_log(qr/ error helper_died pid=$helper /);
    Postern::Client->new( $daemon, 'submissions' )->log_in( alice => 'secret' );
    pass('another one verifies passwords');
};

# SIGSTOP is as stuck as a process can be.
subtest 'helpers that are stuck' => sub {
    my $daemon  = Postern::Daemon->new( listeners => ['submissions'] )->start;
    my $worker  = $daemon->worker_of( Postern::Client->new( $daemon, 'submissions' )->must(220) );
    my @helpers = helpers_of( $daemon, $worker );
    kill STOP => @helpers;
    my $client = Postern::Client->new( $daemon, 'submissions' );
    $client->must(220);
    $client->must( 250, 'EHLO client.example' );
    $client->send( 'AUTH PLAIN ' . encode_base64( "\0alice\0secret", '' ) . "\r\n" );
    like( $client->reply, qr/^454 4\.7\.0 /, 'the client is told to come again' );
    ok( poll_until { !any_running(@helpers) }, 'they are killed' );
    Postern::Client->new( $daemon, 'submissions' )->log_in( alice => 'secret' );
    pass('others verify passwords');
};

# With few descriptors left the supervisor fails early or late: to read the file, to open the
# spool, to talk to a new worker, or to the second one.
subtest 'a start that fails' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['lan'], settings => { workers => '3' } )->start;
    plan skip_all => 'sanitizers need descriptors themselves'
      if $daemon->log =~ / sandbox_partial .*instrumented/;
    my $open = session_with($daemon);
    my ($usual) = text_of( '/proc/' . $daemon->pid . '/limits' ) =~ /^Max open files +(\d+)/m;
    for my $left ( 1 .. 9 ) {
        limit_files( $daemon, limit_with( $daemon, $left ) );
        $daemon->reload;
        ok( accepts_mail( session_with($daemon) ), "with $left descriptors left it serves" );
    }
    ok( accepts_mail($open), 'the session goes on' );
    like( $daemon->log, qr/ alert worker_failed .*\n.* reload_failed /, 'a worker could not start' );
    limit_files( $daemon, $usual );
    ok( $daemon->reload, 'with descriptors there are new workers again' );
};

subtest 'a reload that fails and a new log' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['lan'] );
    my $log    = $daemon->path('posternd.log');
    $daemon->set( 'log.target' => quoted($log) );
    $daemon->start;
    rename $log, "$log.0" or die "rename: $!\n";
    $daemon->write_file( 'postern.conf', "bad = 1;\n" );
    $daemon->signal('HUP');
    $daemon->signal('USR1');
    ok( poll_until { -e $log }, 'the log is opened all the same' );
};

subtest 'SIGHUP again and again, and a text that takes its time' => sub {
    my $daemon =
      Postern::Daemon->new( listeners => ['lan'], settings => { drain_time => '"0 s"' } )->start;
    my @sessions;
    for ( 1 .. 19 ) {
        push @sessions, my $session = session_with($daemon);
        $session->must( 250, 'MAIL FROM:<a@example.org>' );
        $session->must( 250, 'RCPT TO:<b@example.net>' );
        $session->must( 354, 'DATA' );
        $session->send("Subject: x\r\n");
        $daemon->reload or die "no reload\n";
    }
    $_->send(".\r\n") for @sessions;
    my @replies = map { $_->reply } @sessions;
    is( scalar( grep { /^250 / } @replies ), 19, 'each is let finish' ) or diag @replies;
};

subtest 'stuck helpers of a worker that drains' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['submissions'],
        settings  => { drain_time => '"1 h"', 'auth.processes' => '1' }
    )->start;
    my $old      = Postern::Client->new( $daemon, 'submissions' );
    my $again    = Postern::Client->new( $daemon, 'submissions' );
    my $worker   = $daemon->worker_of( $old->must(220) );
    my ($helper) = helpers_of( $daemon, $worker );
    $again->must(220);
    ok( $daemon->reload, 'reload' );
    kill STOP => $helper;
    $_->must( 250, 'EHLO client.example' ) for $old, $again;
    my $auth = 'AUTH PLAIN ' . encode_base64( "\0alice\0secret", '' );
    like( $old->command($auth), qr/^454 /, 'are noticed' );
    $daemon->wait_for_log(qr/ helper_died pid=$helper /);
    ok( poll_until { $again->command($auth) =~ /^235 / }, 'and replaced' );
};

subtest 'SIGUSR1' => sub {
    my $daemon = Postern::Daemon->new( listeners => ['lan'] );
    my $log    = $daemon->path('posternd.log');
    $daemon->set( 'log.target' => quoted($log), drain_time => '"0 s"' );
    $daemon->start;
    rename $log, "$log.0" or die "rename: $!\n";
    session_with($daemon)->must( 221, 'QUIT' );
    ok( !-e $log, 'as long as nobody says so, it goes on in the old file' );
    like( $daemon->signal_and_wait( USR1 => qr/ serving / ), qr/ serving /, 'SIGUSR1' );
    my $session = session_with($daemon);
    $daemon->worker_of( $session->greeting );
    pass('sessions are logged in the new file');
    $session->must( 221, 'QUIT' );
    $daemon->stop;
    like( text_of($log), qr/ stopped /, 'so is what the supervisor does' );
};

subtest 'SIGUSR2' => sub {
    my $daemon = with_own_binary( settings => { drain_time => '"1 h"' } );
    $daemon->start;
    my $pid  = $daemon->pid;
    my $open = session_with($daemon);
    $open->must( 250, 'MAIL FROM:<a@example.org>' );
    my $old = $daemon->worker_of( $open->greeting );

    replace_binary($daemon);
    $daemon->set( 'limits.message_size' => '"1 MiB"' );
    like( readlink "/proc/$pid/exe", qr/\(deleted\)$/, 'the old binary is gone' );
    like( upgrade($daemon), qr/ serving .* pid=$pid$/, 'the new one serves, as the same process' );
    is( readlink "/proc/$pid/exe", $daemon->{program}, 'it is the new one' );
    like( text_of("/proc/$pid/comm"), qr/^posternd$/, 'its name is still posternd' );
    my $new = session_with($daemon);
    is( size_offered_by($new), 1024 * 1024, 'it has read the configuration' );
    isnt( $daemon->worker_of( $new->greeting ), $old, 'its own worker serves' );

    $open->must( 250, 'RCPT TO:<b@example.net>' );
    $open->must( 354, 'DATA' );
    $open->send("Subject: x\r\n.\r\n");
    like( $open->reply, qr/^250 /, 'an open session goes on to its end' );
    $open->must( 221, 'QUIT' );
    ok( poll_until { !is_running($old) },      'then its worker ends' );
    ok( $daemon->reload,                       'it can reload' );
    ok( accepts_mail( session_with($daemon) ), 'and serves' );
    $new->close;
    is( $daemon->stop, 0, 'and stops' );
};

subtest 'SIGUSR2 in the background, with a pid file' => sub {
    my $daemon = with_own_binary();
    $daemon->set(
        'log.target' => quoted( $daemon->path('log') ),
        pid_file     => quoted( $daemon->path('pid') )
    );
    my ($exit) = run_command( 'sh', '-c', 'cd "$1" && exec ./posternd -c postern.conf',
        'sh', $daemon->path('.') );
    is( $exit, 0, 'it starts, with relative paths' ) or return diag( $daemon->log );
    my ($pid) = text_of( $daemon->path('pid') ) =~ /^(\d+)$/m;
    $daemon->adopt($pid);
    replace_binary($daemon);
    like( upgrade($daemon), qr/ serving .* pid=$pid$/, 'SIGUSR2' );
    ok( accepts_mail( session_with($daemon) ), 'it serves' );
    is( text_of( $daemon->path('pid') ), "$pid\n", 'the pid file is right' );
    ($exit) = run_command( $daemon->{program}, '-c', $daemon->config );
    is( $exit, 69, 'and still locked' );
    $daemon->stop;
    ok( !-e $daemon->path('pid'), 'and gone at the end' );
};

subtest 'SIGUSR2 with a binary that does not work' => sub {
    my $daemon = with_own_binary();
    $daemon->start;
    my $open   = session_with($daemon);
    my $worker = $daemon->worker_of( $open->greeting );
    replace_binary( $daemon, "#!/bin/sh\nexit 1\n" );
    like( upgrade($daemon), qr/ upgrade_failed /, 'is refused' );
    replace_binary( $daemon, qq{#!/bin/sh\ncase " \$* " in *" -t "*) exit 0;; esac\nexit 1\n} );
    like( upgrade($daemon), qr/ upgrade_failed /, 'so is one that can do no more than -t' );
    replace_binary( $daemon, "#!/bin/sh\nkill -SEGV \$\$\n" );
    like( upgrade($daemon), qr/ upgrade_failed /, 'and one that crashes' );
    replace_binary( $daemon, "#!/bin/sh\nsleep 300 &\nexit 1\n" );
    like( upgrade($daemon), qr/ upgrade_failed /, 'and one that leaves somebody behind' );
    $daemon->set( 'limits.message_size' => '"1 MiB"' );
    my $mark = $daemon->mark;
    $daemon->signal('USR2');
    $daemon->signal('HUP');
    $daemon->wait_for_log( qr/ serving /, $mark );
    is( size_offered_by( session_with($daemon) ), 1024 * 1024, 'a reload is not lost over it' );
    $worker = $daemon->worker_of( session_with($daemon)->greeting );
    replace_binary( $daemon, 'no program at all' );
    like( upgrade($daemon), qr/ upgrade_failed /, 'so is no program' );
    unlink $daemon->{program};
    like( upgrade($daemon), qr/ upgrade_failed /, 'and none at all' );
    is( $daemon->worker_of( session_with($daemon)->greeting ), $worker, 'the same worker serves' );
    ok( accepts_mail($open), 'the open session goes on' );
    ok( $daemon->reload,     'it can reload' );
    ok( !$daemon->has_ended, 'it runs' );
};

# The file is fine as far as "posternd -t" can see.
subtest 'SIGUSR2 with a configuration that cannot be served' => sub {
    my $daemon = with_own_binary();
    my $taken  = IO::Socket::INET->new( LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1 );
    $daemon->start;
    my $open = session_with($daemon);
    $daemon->add_listener( listener_on($taken) );
    $daemon->signal_and_wait( USR2 => qr/ upgrade_failed / );
    ok( accepts_mail($open), 'the open session goes on' );
    ok(
        poll_until {
            eval { accepts_mail( session_with($daemon) ) }
        },
        'others are served'
    );
    $daemon->remove_listener('taken');
    ok( $daemon->reload, 'with the right file it can reload' );
};

done_testing;
