# SPDX-License-Identifier: ISC
#
# Postern::Daemon - a posternd that runs on a site of its own.
#
# However the test ends, the processes are gone then.

package Postern::Daemon;

use strict;
use warnings;
use parent 'Postern::Site';
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Scalar::Util qw(weaken);

use Postern::Command qw(posternd exit_of text_of);
use Postern::Config qw(unquoted);
use Postern::Poll qw(poll_until);
use Postern::Process qw(any_running is_running descendants_of);

my $longest_test = 300;    # seconds; a hanging test must not hang the run
my $ex_oserr     = 71;
my %daemons;               # all that this process has made
my @sanitizer_reports;     # of daemons built with sanitizers; each fails the test

$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);    # so that END comes
$SIG{ALRM} = sub { die "the test takes too long\n" };
alarm $longest_test;

END {
    my $status = $?;
    $_->stop for grep { defined && $_->{owner} == $$ } values %daemons;
    print STDERR @sanitizer_reports;
    $? = $status || ( @sanitizer_reports ? 1 : 0 );
}

# Options are those of a site, and
# program:  path of the binary, if it is not posternd()
# files:    limit of open files of its processes
# in_child: called in the process that is to become posternd
sub new {
    my ( $class, %options ) = @_;
    my $self = $class->SUPER::new(%options);
    $self->{owner}    = $$;
    $self->{program}  = $options{program} // posternd();
    $self->{files}    = $options{files};
    $self->{in_child} = $options{in_child} // sub { };
    weaken( $daemons{$self} = $self );
    return $self;
}

sub DESTROY {
    my ($self) = @_;
    local ( $?, $@, $! );
    $self->stop if $self->{owner} && $self->{owner} == $$;
    return;
}

sub pid { return shift->{pid} }

# Starts posternd with these flags (default: -f) and waits until it serves.  Dies if it does not.
sub start {
    my ( $self, @flags ) = @_;
    @flags = ('-f') if !@flags;
    for my $attempt ( 1 .. 5 ) {
        $self->launch(@flags);
        return $self if $self->wait_until_it_serves( grep { $_ eq '-x' } @flags );
        last if !$self->has_lost_a_port;
        $self->choose_places;
        $self->write_config;
    }
    die "posternd does not serve:\n" . $self->log;
}

# Starts it and waits for nothing.  Standard error goes to a file; see log.
sub launch {
    my ( $self, @flags ) = @_;
    my @command = ( $self->{program}, '-c', $self->config, @flags );
    @command = ( 'sh', '-c', "ulimit -n $self->{files} && exec \"\$@\"", 'sh', @command )
      if $self->{files};
    my $pid = fork() // die "fork: $!\n";
    if ( $pid == 0 ) {
        open( STDIN,  '<',  '/dev/null' );
        open( STDOUT, '>',  '/dev/null' );
        open( STDERR, '>>', $self->path('log') );
        $self->{in_child}->();
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    delete $self->{exit};
    $self->{pid} = $pid;
    return;
}

# A process that the test has started in some other way, and is to end.
sub adopt {
    my ( $self, $pid ) = @_;
    $self->{pid} = $pid;
    return $self;
}

sub wait_until_it_serves {
    my ( $self, $is_single ) = @_;
    poll_until { $self->has_ended || ( $is_single ? $self->answers : $self->says_it_serves ) };
    return !$self->has_ended;
}

# A single process does not say when it serves.
sub answers {
    my ($self) = @_;
    my ($port) = grep { /^\d+$/ } values %{ $self->{places} };
    return IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => $port );
}

sub says_it_serves { return shift->log =~ / serving generation=/ }

sub has_lost_a_port {
    my ($self) = @_;
    return ( $self->{exit} // '' ) eq $ex_oserr && $self->log =~ /Address already in use/;
}

# Whether the process has ended; exit_code tells how.
sub has_ended {
    my ($self) = @_;
    return 1 if exists $self->{exit} || !$self->{pid};
    my $ended = waitpid( $self->{pid}, WNOHANG );
    $self->{exit} = exit_of($?) if $ended == $self->{pid};
    $self->{exit} = undef if $ended < 0 && !is_running( $self->{pid} );    # not a child of ours
    return exists $self->{exit};
}

sub exit_code { return shift->{exit} }

sub signal {
    my ( $self, $name ) = @_;
    kill $name, $self->{pid};
    return;
}

# Waits until the process has ended; returns its exit code.
sub wait_for_end {
    my ($self) = @_;
    poll_until { $self->has_ended } or die "posternd does not end:\n" . $self->log;
    return $self->{exit};
}

# Ends it, helpers and all; returns its exit code.  A second SIGTERM leaves no time for sessions.
sub stop {
    my ($self) = @_;
    return if !$self->{pid};
    my @processes = ( $self->{pid}, descendants_of( $self->{pid} ) );
    for my $patience ( 0.3, 10 ) {
        $self->signal('TERM') if !$self->has_ended;
        poll_until { $self->has_ended } $patience;
    }
    kill KILL => grep { is_running($_) } @processes if !$self->has_ended;
    poll_until { !any_running(@processes) } 10;
    $self->has_ended;
    my $errors = text_of( $self->path('log') );
    push @sanitizer_reports, $errors
      if $errors =~ /Sanitizer:|runtime error:/ && $self->{owner} == $$;
    delete $self->{pid};
    return $self->{exit};
}

# All that has been logged.
sub log {
    my ($self) = @_;
    my $target = unquoted( $self->{settings}{'log.target'} // '' );
    return text_of( $target =~ m{^/} ? $target : $self->path('log') );
}

# Where the log ends now; see wait_for_log.
sub mark {
    my ($self) = @_;
    return length $self->log;
}

# Waits for a line that matches, logged after mark (default: ever), and returns it.
sub wait_for_log {
    my ( $self, $pattern, $mark ) = @_;
    my $line;
    poll_until {
        ($line) = substr( $self->log, $mark // 0 ) =~ /^(.*$pattern.*)$/m
    };
    return $line // die "not logged: $pattern\n" . substr( $self->log, $mark // 0 );
}

# Sends a signal and waits for the line in the log that says how it went; returns that.
sub signal_and_wait {
    my ( $self, $signal, $pattern ) = @_;
    my $mark = $self->mark;
    $self->signal($signal);
    return $self->wait_for_log( $pattern, $mark );
}

# Reads the configuration again; true if that worked.
sub reload {
    my ($self) = @_;
    return $self->signal_and_wait( HUP => qr/ (?:serving|reload_failed) / ) =~ / serving /;
}

# The flushers of each worker: processes beside it and its helpers, and older than these.
sub flushers { return shift->has_journal ? 2 : 0 }

# The process that serves a session, which is named by its greeting.
sub worker_of {
    my ( $self, $greeting ) = @_;
    my ($session) = $greeting =~ /(\S+)$/;
    return $1
      if $self->wait_for_log(qr/ session_begin session=\Q$session\E /) =~ /posternd\[(\d+)\]/;
    die "no process in the log\n";
}

1;
