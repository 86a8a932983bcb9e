# SPDX-License-Identifier: ISC
#
# Postern::SteadyLoad - many sessions side by side, one message each, while something is done to
# the daemon.
#
# Each session goes from its connection to the reply to QUIT; then another one takes its place.
# What went wrong with it is kept, and which worker it was with: the last five characters of the
# name in a greeting are the worker's process id.

package Postern::SteadyLoad;

use strict;
use warnings;
use Errno qw(EAGAIN EINPROGRESS EWOULDBLOCK);
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time sleep);

use Postern::Process qw(children_of);

my $alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

# What a client says after which reply.
my @dialogue = (
    [ 220 => "EHLO client.example\r\n" ],
    [ 250 => "MAIL FROM:<a\@example.org>\r\n" ],
    [ 250 => "RCPT TO:<b\@example.net>\r\n" ],
    [ 250 => "DATA\r\n" ],
    [ 354 => "Subject: steady\r\n\r\n" . ( "text of a message\r\n" x 20 ) . ".\r\n" ],
    [ 250 => "QUIT\r\n" ],
    [ 221 => undef ],
);

sub new {
    my ( $class, $daemon, $sessions ) = @_;
    return bless {
        daemon   => $daemon,
        place    => $daemon->place_of('lan'),
        sessions => $sessions,
        select   => IO::Select->new,
        open     => {},
        finished => 0,
        queued   => [],                         # ids that were answered 250
        failed   => [],                         # { what, worker, time }
    }, $class;
}

sub finished { return shift->{finished} }
sub queued   { return @{ shift->{queued} } }
sub failed   { return @{ shift->{failed} } }

# For so many seconds, then until the last session is over.  every: interval in seconds => what is
# to be done then.
sub run {
    my ( $self, $seconds, %every ) = @_;
    my $end  = time + $seconds;
    my %next = map { $_ => time + $_ } keys %every;
    while ( time < $end || %{ $self->{open} } ) {
        my $is_over = time >= $end;
        last if $is_over && time > $end + 30;
        1 while !$is_over && keys %{ $self->{open} } < $self->{sessions} && $self->begin;
        $self->take($_) for $self->{select}->can_read(0.02);
        for my $interval ( $is_over ? () : keys %next ) {
            next if time < $next{$interval};
            $next{$interval} = time + $interval;
            $every{$interval}->();
        }
    }
    $self->fail( $_, 'does not end' ) for values %{ $self->{open} };
    return;
}

# False if nobody accepts.
sub begin {
    my ($self) = @_;
    my $socket = IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => $self->{place} );
    if ( !$socket ) {
        push @{ $self->{failed} }, { what => "connect: $!", worker => 0, time => time };
        sleep 0.01;
        return 0;
    }
    $socket->blocking(0);
    $self->{open}{ fileno $socket } = { socket => $socket, step => 0, input => '', worker => 0 };
    $self->{select}->add($socket);
    return 1;
}

sub take {
    my ( $self, $socket ) = @_;
    my $session = $self->{open}{ fileno $socket } or return;
    my $octets  = sysread $socket, $session->{input}, 4096, length $session->{input};
    return if !defined $octets && ( $! == EAGAIN || $! == EWOULDBLOCK );
    return $self->fail( $session, defined $octets ? 'closed' : "read: $!" ) if !$octets;
    while ( $session->{input} =~ s/^((?:\d{3}-.*\r\n)*\d{3} .*\r\n)// ) {
        last if !$self->answer( $session, $1 );
    }
    return;
}

sub answer {
    my ( $self, $session, $reply ) = @_;
    my ( $code, $line ) = @{ $dialogue[ $session->{step}++ ] };
    if ( $reply !~ /^$code/ ) {
        $self->fail( $session, $reply =~ s/\r\n.*//sr );
        return 0;
    }
    $session->{worker} = worker_in($reply) if $session->{step} == 1;
    push @{ $self->{queued} }, $1          if $reply =~ /Queued as (\S+)/;
    if ( !defined $line ) {
        $self->{finished}++;
        $self->forget($session);
        return 0;
    }
    syswrite $session->{socket}, $line;
    return 1;
}

sub worker_in {
    my ($greeting) = @_;
    my ($digits) = $greeting =~ /(.{5})\r\n$/ or return 0;
    my $pid = 0;
    $pid = $pid * 32 + index $alphabet, $_ for split //, $digits;
    return $pid;
}

sub fail {
    my ( $self, $session, $what ) = @_;
    push @{ $self->{failed} },
      { what => "step $session->{step}: $what", worker => $session->{worker}, time => time };
    $self->forget($session);
    return;
}

sub forget {
    my ( $self, $session ) = @_;
    $self->{select}->remove( $session->{socket} );
    delete $self->{open}{ fileno $session->{socket} };
    close $session->{socket};
    return;
}

# The ids answered 250 that are not in the spool exactly once.
sub lost_or_doubled {
    my ($self) = @_;
    my %times;
    for my $path ( glob $self->{daemon}->path('spool/new/*') ) {
        $times{$1}++ if $path =~ m{/\d+\.([^./]+)\.[^/]*$};
    }
    return grep { ( $times{$_} // 0 ) != 1 } $self->queued;
}

1;
