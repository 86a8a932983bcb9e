# SPDX-License-Identifier: ISC
#
# Postern::Bench::Server - a mail server that is measured.
#
# Each runs in namespaces of its own for processes and mounts, so that all of its processes can be
# counted and ended, and it finds the users that it wants.  What a server keeps is below the folder
# that it is started in.  A server of a kind says:
#   title       what tables call it
#   obstacle    why it cannot be had; '' if it can
#   version     what its program says of itself
#   holds       how its delivery is held back, so that only acceptance is measured
#   prepare     writes its files; returns { command, environment, over, empty, folder }, all but
#               the first optional: what t/bench/enclosed is told

package Postern::Bench::Server;

use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Scalar::Util qw(weaken);

use Postern::Command qw(text_of);
use Postern::Poll qw(poll_until);
use Postern::Process qw(any_running is_running descendants_of);

my $first_user = 61184;    # of the users that servers want and the system need not have
my %running;

END {
    my $status = $?;
    $_->stop for grep { defined && $_->{owner} == $$ } values %running;
    $? = $status;
}

# program:     folder of what was built
# certificate: and key, files
# settings:    for Postern: of its configuration
# environment: for Postern: more of it
sub new {
    my ( $class, %options ) = @_;
    return bless {%options}, $class;
}

sub holds    { return 'nothing is delivered' }
sub obstacle { return '' }
sub version  { return '' }

# Why it cannot be measured with TLS; '' if it can.
sub tls_obstacle { return '' }

sub port { return shift->{port} }
sub dir  { return shift->{dir} }

# The process below which all others are.
sub pid { return shift->{pid} }

# Starts it in an empty folder, fit for so many sessions at once, and waits for its greeting.
sub start {
    my ( $self, $folder, $sessions ) = @_;
    $self->{dir}      = $folder;
    $self->{sessions} = $sessions;
    $self->{port}     = free_port();
    my $wanted = $self->prepare;
    pipe( my $reader, $self->{lifeline} ) or die "pipe: $!\n";
    $self->{owner} = $$;
    $self->{pid}   = fork() // die "fork: $!\n";
    if ( $self->{pid} == 0 ) {
        open( STDIN,  '<&', $reader );
        open( STDOUT, '>',  "$folder/out" );
        open( STDERR, '>&', \*STDOUT );
        close $self->{lifeline};
        %ENV = ( %ENV, %{ $wanted->{environment} // {} } );
        exec qw(unshare --mount --pid --fork --kill-child=KILL), $^X, 't/bench/enclosed',
          arguments_of($wanted), '--', @{ $wanted->{command} }
          or POSIX::_exit(127);
    }
    weaken( $running{$self} = $self );
    poll_until { $self->has_ended || $self->greets } 20;
    return $self if !$self->has_ended && $self->greets;
    my $log = join '', map { text_of($_) } "$folder/out", "$folder/log";
    $self->stop;
    die $self->title . " does not start:\n" . substr( $log, -2000 );
}

sub arguments_of {
    my ($wanted) = @_;
    my @over = @{ $wanted->{over} // [] };
    return (
        ( map { ( '--empty',  $_ ) } @{ $wanted->{empty}  // [] } ),
        ( map { ( '--folder', $_ ) } @{ $wanted->{folder} // [] } ),
        ( map { ( '--over',   @$_ ) } @over )
    );
}

sub has_ended {
    my ($self) = @_;
    return waitpid( $self->{pid}, WNOHANG ) != 0;
}

sub greets {
    my ($self) = @_;
    my $socket = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1',
        PeerPort => $self->{port},
        Timeout  => 5
    ) or return 0;
    my $greeting = '';
    while ( $greeting !~ /\n/ && IO::Select->new($socket)->can_read(5) ) {
        sysread( $socket, $greeting, 1000, length $greeting ) or last;
    }
    syswrite( $socket, "QUIT\r\n" );
    return $greeting =~ /^220/;
}

# At once: what it has accepted is nothing that anybody wants.
sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    delete $running{$self};
    my @processes = descendants_of($pid);
    kill KILL => $pid;                  # the first process of the namespace follows it
    close delete $self->{lifeline};
    poll_until { waitpid( $pid, WNOHANG ) != 0 } 10;
    poll_until { !any_running(@processes) } 30;
    return;
}

# The memory of all its processes in KiB; pages that they share count once.
sub memory {
    my ($self) = @_;
    my $sum = 0;
    for my $pid ( descendants_of( $self->{pid} ) ) {
        $sum += $1 if text_of("/proc/$pid/smaps_rollup") =~ /^Pss:\s+(\d+) kB$/m;
    }
    return $sum;
}

# ---- For those that are one

sub write_file {
    my ( $self, $name, $text ) = @_;
    my $path = "$self->{dir}/$name";
    open( my $file, '>:raw', $path ) or die "$path: $!\n";
    print {$file} $text;
    close $file or die "$path: $!\n";
    return $path;
}

sub make_folder {
    my ( $self, $name, $user, $group, $mode ) = @_;
    my $path = "$self->{dir}/$name";
    mkdir $path or die "$path: $!\n";
    chown $user // -1, $group // -1, $path;
    chmod $mode // 0755, $path;
    return $path;
}

# Numbers of users and groups of these names, and what puts files that know them over those of the
# system.
sub users {
    my ( $self, @names ) = @_;
    my %number;
    my ( $users, $groups ) = map { text_of($_) } '/etc/passwd', '/etc/group';
    for my $name (@names) {
        s/^\Q$name\E:.*\n//mg for $users, $groups;
        $number{$name} = $first_user + keys %number;
        $users  .= "$name:x:$number{$name}:$number{$name}::/:/bin/false\n";
        $groups .= "$name:x:$number{$name}:\n";
    }
    my @over = (
        [ $self->write_file( passwd => $users ),  '/etc/passwd' ],
        [ $self->write_file( group  => $groups ), '/etc/group' ]
    );
    return ( \%number, @over );
}

sub free_port {
    my $socket = IO::Socket::INET->new( LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp' )
      or die "no free port: $!\n";
    return $socket->sockport;
}

1;
