# SPDX-License-Identifier: ISC
#
# Postern::ServiceManager - what systemd does for a service: it listens to what the service says
# (sd_notify), watches over it, and passes it sockets (sd_listen_fds).

package Postern::ServiceManager;

use strict;
use warnings;
use Fcntl qw(F_DUPFD);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(AF_UNIX SOCK_DGRAM SOCK_STREAM pack_sockaddr_un);
use Time::HiRes qw(time);

use Postern::Poll qw($patience);

my $first_passed = 3;

# notify:   name of the socket that it listens on; "@" in front: an abstract one
# watchdog: seconds
sub new {
    my ( $class, %options ) = @_;
    my $self = bless { %options, heard => [], passed => [] }, $class;
    socket( $self->{socket}, AF_UNIX, SOCK_DGRAM, 0 ) or die "socket: $!\n";
    bind( $self->{socket}, pack_sockaddr_un( $options{notify} =~ s/^@/\0/r ) )
      or die "bind $options{notify}: $!\n";
    return $self;
}

# From now on it has a socket to pass: on a TCP port of 127.0.0.1, or on a path.
sub listen_for {
    my ( $self, $name, $place ) = @_;
    my $socket =
      $place =~ m{^/}
      ? IO::Socket::UNIX->new( Local => $place, Type => SOCK_STREAM, Listen => 100 )
      : IO::Socket::INET->new(
        LocalAddr => '127.0.0.1',
        LocalPort => $place,
        ReuseAddr => 1,
        Listen    => 100
      );
    push @{ $self->{passed} }, [ $name, $socket // die "listen on $place: $!\n" ];
    return $socket;
}

# What it does in the process that becomes the service.
sub in_child {
    my ($self) = @_;
    $ENV{NOTIFY_SOCKET} = $self->{notify};
    @ENV{qw(WATCHDOG_USEC WATCHDOG_PID)} = ( $self->{watchdog} * 1e6, $$ ) if $self->{watchdog};
    my @passed = @{ $self->{passed} } or return;
    $ENV{LISTEN_PID}     = $$;
    $ENV{LISTEN_FDS}     = @passed;
    $ENV{LISTEN_FDNAMES} = join ':', map { $_->[0] } @passed;

    # Out of the way first: one may be where another is to go.
    my @copies = map { fcntl( $_->[1], F_DUPFD, 100 ) // die "dup: $!\n" } @passed;
    POSIX::dup2( $copies[$_], $first_passed + $_ ) // die "dup2: $!\n" for 0 .. $#copies;
    POSIX::close($_) for @copies;
    return;
}

# The next thing that the service says, as a hash; nothing if it says nothing in that time.
sub next_message {
    my ( $self, $seconds ) = @_;
    IO::Select->new( $self->{socket} )->can_read($seconds) or return;
    recv( $self->{socket}, my $text, 4096, 0 ) // die "recv: $!\n";
    return { map { split /=/, $_, 2 } split /\n/, $text };
}

# Waits until the service has said this ("READY"), and returns all that came with it.  Dies if it
# does not say so.
sub wait_for {
    my ( $self, $what ) = @_;
    my $deadline = time + $patience;
    my @other;
    while ( time < $deadline ) {
        my $message = $self->next_message( $deadline - time ) or last;
        return $message if exists $message->{$what};
        push @other, join ' ', map { "$_=$message->{$_}" } sort keys %$message;
    }
    die "the service does not say $what, but: @other\n";
}

1;
