#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/40-daemon.t - the command line of posternd, how it starts and how it stops.

use strict;
use warnings;
use lib 't/lib';
use Cwd qw(getcwd);
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);

use Postern::Client;
use Postern::Command qw(posternd run_command text_of);
use Postern::Config qw(quoted);
use Postern::Daemon;
use Postern::Poll qw(poll_until);
use Postern::Process qw(any_running is_running children_of);

my $ex_usage       = 64;
my $ex_unavailable = 69;
my $ex_oserr       = 71;
my $ex_config      = 78;

sub with_pid_file {
    my ($daemon) = @_;
    $daemon->set( pid_file => quoted( $daemon->path('pid') ) );
    return $daemon;
}

# A daemon as it serves in the background: pid file, log in a file.
sub for_background {
    my $daemon = with_pid_file( Postern::Daemon->new );
    $daemon->set( 'log.target' => quoted( $daemon->path('log') ) );
    return $daemon;
}

sub pid_in_file {
    my ($daemon) = @_;
    return text_of( $daemon->path('pid') ) =~ /^(\d+)\n\z/ ? $1 : undef;
}

# A session that is ready for a message.
sub session_with {
    my ($daemon) = @_;
    my $client = Postern::Client->new( $daemon, 'submission' );
    $client->log_in( alice => 'secret' );
    return $client;
}

sub session_in_message {
    my ($daemon) = @_;
    my $client = session_with($daemon);
    $client->must( 250, 'MAIL FROM:<a@example.org>' );
    $client->must( 250, 'RCPT TO:<b@example.net>' );
    $client->must( 354, 'DATA' );
    $client->send("Subject: half\r\n");
    return $client;
}

sub is_refused {
    my ($daemon) = @_;
    my $place = $daemon->place_of('submission');
    return !IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => $place );
}

subtest 'flags' => sub {
    my ( $exit, $out, $errors ) = run_command( posternd(), '-V' );
    is( $exit, 0, '-V' );
    like( $out, qr/^posternd \d\S*\n\z/, '-V prints the version' );
    for my $flags ( ['-z'], ['-c'], ['here'], [ '-f', 'here' ] ) {
        ( $exit, $out, $errors ) = run_command( posternd(), @$flags );
        is( $exit, $ex_usage, "@$flags is refused" );
        like( $errors, qr/^usage: posternd /m, "@$flags: the usage is shown" );
    }
};

subtest 'testing a configuration' => sub {
    my $daemon = Postern::Daemon->new;
    my ( $exit, $out, $errors ) = run_command( posternd(), '-t', '-c', $daemon->config );
    is( "$exit $errors", '0 ', 'a good one' );
    ok( !-e $daemon->path('spool'), 'nothing was made' );

    $daemon->set(
        'limits.recipients' => '5',
        'spool.pth'         => '"/tmp"',
        'tls.key'           => quoted( $daemon->path('other.pem') )
    );
    ( $exit, $out, $errors ) = run_command( posternd(), '-t', '-c', $daemon->config );
    is( $exit, $ex_config, 'a bad one' );
    like( $errors, qr/postern\.conf:\d+: .*recipients/, 'one fault' );
    like( $errors, qr/postern\.conf:\d+: .*pth/,        'and another' );

    $daemon->set( 'limits.recipients' => undef, 'spool.pth' => undef );
    $daemon->make_certificate( 'other', 'localhost' );
    for my $case (
        [ 'missing.pem',   'missing' ],
        [ 'other-key.pem', 'of another certificate' ],
        [ 'users',         'no key' ]
      )
    {
        my ( $file, $what ) = @$case;
        $daemon->set( 'tls.key' => quoted( $daemon->path($file) ) );
        ( $exit, $out, $errors ) = run_command( posternd(), '-t', '-c', $daemon->config );
        is( $exit, $ex_config, "key is $what" );
        like( $errors, qr/\Q$file\E/, "key is $what: the file is named" );
    }
    ( $exit, $out, $errors ) = run_command( posternd(), '-t', '-c', $daemon->path('missing.conf') );
    is( $exit, $ex_config, 'a file that is not there' );
    like( $errors, qr/missing\.conf/, 'it is named' );
};

subtest 'showing the settings' => sub {
    my $daemon = Postern::Daemon->new( settings => { 'limits.recipients' => '123' } );
    my ( $exit, $out, $errors ) = run_command( posternd(), '-T', '-c', $daemon->config );
    is( "$exit $errors", '0 ', '-T' );
    like( $out, qr/recipients = 123;/, 'what is set' );
    like( $out, qr/idle_commands = /,  'what is not' );
    my $shown = $daemon->write_file( 'shown.conf', $out );
    my ( $exit_again, $out_again, $errors_again ) = run_command( posternd(), '-T', '-c', $shown );
    is( "$exit_again $errors_again", '0 ', 'it is a configuration' );
    is( $out_again,                  $out, 'and the same one' );
};

subtest 'a start that fails' => sub {
    my $daemon = Postern::Daemon->new;
    my $port   = IO::Socket::INET->new( LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1 );
    $daemon->set_listener( submission => ( port => $port->sockport ) );
    for my $flags ( ['-f'], ['-x'], [] ) {
        my ( $exit, undef, $errors ) = run_command( posternd(), '-c', $daemon->config, @$flags );
        is( $exit, $ex_oserr, "a port is taken (@$flags)" );
        like( $errors, qr/submission: .*port @{[ $port->sockport ]}.*in use/, 'it is named' );
    }
    $daemon->set_listener( submission => ( port => undef ) );
    for my $case (
        [ { 'log.target' => quoted( $daemon->path('missing/log') ) }, $ex_oserr, 'log' ],
        [
            { 'log.target' => undef, pid_file => quoted( $daemon->path('cert.pem/pid') ) },
            $ex_unavailable, 'pid file'
        ],
        [
            { pid_file => undef, 'spool.path' => quoted( $daemon->path('missing/spool') ) },
            $ex_oserr, 'spool'
        ],
        [ { 'spool.path' => undef, 'limits.errors' => '0' }, $ex_config, 'setting' ],
      )
    {
        my ( $settings, $expected, $what ) = @$case;
        $daemon->set(%$settings);
        for my $flags ( ['-f'], [] ) {
            my ($exit) = run_command( posternd(), '-c', $daemon->config, @$flags );
            is( $exit, $expected, "a bad $what (@$flags)" );
        }
    }
};

subtest 'a spool with links in it' => sub {
    my $daemon = Postern::Daemon->new;
    mkdir $daemon->path('spool') or die "mkdir: $!\n";
    chown 65534, 65534, $daemon->path('spool') if $> == 0;
    symlink '/etc', $daemon->path('spool/tmp') or die "symlink: $!\n";
    my ( $exit, undef, $errors ) = run_command( posternd(), '-f', '-c', $daemon->config );
    is( $exit, 71, 'is not used' );
    like( $errors, qr{/tmp is no directory; if it is a symbolic link}, 'and it says why' );
};

subtest 'in the background' => sub {
    my $daemon = for_background();
    my ($exit) = run_command( posternd(), '-c', $daemon->config );
    is( $exit, 0, 'the exit status says that it serves' ) or return diag( $daemon->log );
    my $pid = pid_in_file($daemon);
    ok( $pid && is_running($pid), 'the pid file has its process id' ) or return;
    $daemon->adopt($pid);
    like( $daemon->log, qr/ serving .* pid=$pid$/m, 'so has the log' );
    is( ( split ' ', text_of("/proc/$pid/stat") =~ s/^.*\)//sr )[3],
        $pid, 'it leads a session of its own' );
    is( readlink "/proc/$pid/cwd", '/', 'it is in no directory of ours' );
    like( session_with($daemon)->submit("Subject: x\r\n"), qr/^250 /, 'it serves' );

    my $second = $daemon->write_file( 'second.conf', text_of( $daemon->config ) );
    ( $exit, undef, my $errors ) = run_command( posternd(), '-f', '-c', $second );
    is( $exit, $ex_unavailable, 'a second one does not start' );
    like( $errors, qr/process $pid\b/, 'and says who is in its way' );

    $daemon->signal('TERM');
    $daemon->wait_for_end;
    ok( !-e $daemon->path('pid'), 'the pid file is gone' );
    like( $daemon->log, qr/ stopped pid=$pid$/m, 'it has stopped' );
};

# Whoever starts it by ssh, or in $(...), waits for the end of its output.
subtest 'in the background it lets go of what it was started with' => sub {
    my $daemon  = for_background();
    my $program = posternd();
    my $config  = $daemon->config;
    open( my $output, '-|', "'$program' -c '$config' 2>&1" ) or die "$program: $!\n";
    $daemon->adopt( poll_until { pid_in_file($daemon) } );
    my $selected = IO::Select->new($output)->can_read(10);
    is( $selected,                         1, 'its output ends' );
    is( sysread( $output, my $text, 100 ), 0, 'and was empty' ) if $selected;
    $daemon->stop;
    close $output;
};

# What is written to standard error must not end up in whatever was opened in its place.
subtest 'with standard descriptors closed' => sub {
    my $daemon = for_background();
    my @start  = ( 'sh', '-c', 'exec "$@" <&- >&- 2>&-', 'sh', posternd(), '-c', $daemon->config );
    my ($exit) = run_command(@start);
    is( $exit, 0, 'it starts' );
    $daemon->adopt( pid_in_file($daemon) );
    ($exit) = run_command(@start);
    is( $exit, $ex_unavailable, 'the pid file is locked' );
    ok( $daemon->reload, 'it can reload' );
    like( session_with($daemon)->submit("Subject: x\r\n"), qr/^250 /, 'it serves' );
    is( pid_in_file($daemon), $daemon->pid, 'the pid file holds its process id and nothing else' );
    $daemon->stop;
};

subtest 'a pid file that was left behind' => sub {
    my $daemon = with_pid_file( Postern::Daemon->new );
    $daemon->write_file( 'pid', "1\n" );
    $daemon->start;
    is( text_of( $daemon->path('pid') ), $daemon->pid . "\n", 'is in nobody\'s way' );
    is( $daemon->stop,                   0,                   'exit status' );
};

subtest 'a relative path of the configuration' => sub {
    my $daemon = Postern::Daemon->new;
    my $before = getcwd();
    my $config = $daemon->config =~ s{^.*/}{}r;
    chdir $daemon->path('.');
    my ($exit) = run_command( $daemon->{program}, '-t', '-c', $config );
    chdir $before;
    is( $exit, 0, 'is one of the directory it was started in' );
};

subtest 'one process' => sub {
    my $daemon = Postern::Daemon->new->start('-x');
    like( session_with($daemon)->submit("Subject: x\r\n"), qr/^250 /, 'it serves' );
    my @helpers = children_of( $daemon->pid );
    is( scalar @helpers, 2 + $daemon->flushers, 'with its helpers' );
    my $worker = $daemon->worker_of( Postern::Client->new( $daemon, 'submission' )->reply );
    is( $worker, $daemon->pid, 'it serves itself' );
    my $idle = session_with($daemon);
    $daemon->signal('TERM');
    like( $idle->reply, qr/^421 4\.3\.2 /, 'SIGTERM: an idle session is told' );
    $idle->close;
    is( $daemon->wait_for_end, 0, 'exit status' );
    ok( poll_until { !any_running(@helpers) }, 'its helpers are gone' );
};

subtest 'debugging' => sub {
    my $daemon =
      Postern::Daemon->new( settings => { 'log.target' => '"syslog"', 'log.level' => '"error"' } )
      ->start('-d');
    session_with($daemon);
    ok( $daemon->wait_for_log(qr/ debug tls_begin /), 'all is logged, to standard error' );
    is( $daemon->stop, 0, 'exit status' );
};

subtest 'stopping' => sub {
    my $daemon = Postern::Daemon->new( settings => { drain_time => '"20 s"' } )->start;
    my $idle   = session_with($daemon);
    my $silent = Postern::Client->new( $daemon, 'submission' );
    my $busy   = session_in_message($daemon);
    my $begun  = time;
    $silent->must(220);
    $daemon->signal('TERM');
    like( $_->reply, qr/^421 4\.3\.2 mail\.example\.org /, 'who is idle is told' )
      for $idle, $silent;
    is( $_->rest, '', 'and that is all' ) for $idle, $silent;
    ok( poll_until { is_refused($daemon) }, 'nobody else is let in' );
    $busy->send("\r\nthe other half\r\n.\r\n");
    like( $busy->reply, qr/^250 2\.0\.0 /, 'a message under way is accepted' );
    like( $busy->reply, qr/^421 4\.3\.2 /, 'then that is over too' );
    $_->close for $idle, $silent, $busy;
    is( $daemon->wait_for_end, 0, 'exit status' );
    cmp_ok( time - $begun, '<', 15, 'nobody was waited for in vain' );
    my ($message) = $daemon->spool->messages;
    like( $message->{text}, qr/the other half\n\z/, 'the message is in the spool' );
};

subtest 'stopping when a client does not end' => sub {
    my $daemon = Postern::Daemon->new( settings => { drain_time => '"1 s"' } )->start;
    my $busy   = session_in_message($daemon);
    $daemon->signal('TERM');
    like( $busy->reply, qr/^421 4\.3\.2 /, 'after drain_time it is told' );
    $busy->close;
    is( $daemon->wait_for_end, 0, 'exit status' );
    is( join( ' ', map { $daemon->spool->names_in($_) } qw(tmp new) ),
        '', 'nothing is left of the message' );
};

subtest 'stopping at once' => sub {
    my $daemon = Postern::Daemon->new( settings => { drain_time => '"1 h"' } )->start;
    my $busy   = session_in_message($daemon);
    my $begun  = time;
    $daemon->signal_and_wait( TERM => qr/ stopping / );
    $daemon->signal('TERM');
    is( $daemon->wait_for_end, 0, 'a second SIGTERM ends it' );
    cmp_ok( time - $begun, '<', 15, 'soon' );
    is( $busy->rest, '', 'the session is cut off' );
};

subtest 'when the supervisor is killed' => sub {
    my $daemon  = Postern::Daemon->new->start;
    my $session = session_with($daemon);
    my @workers = children_of( $daemon->pid );
    $daemon->signal('KILL');
    like( $session->reply, qr/^421 4\.3\.2 /, 'its worker stops' );
    $session->close;
    ok( poll_until { !any_running(@workers) }, 'nobody is left' );
};

done_testing;
