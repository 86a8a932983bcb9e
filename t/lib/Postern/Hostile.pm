# SPDX-License-Identifier: ISC
#
# Postern::Hostile - one hostile client, as its kind is (see Postern::AbuseKinds).
#
# It never blocks: whoever drives it says when its socket is ready, and what time it is.

package Postern::Hostile;

use strict;
use warnings;
use Errno qw(EAGAIN EINPROGRESS EINTR);
use IO::Poll qw(POLLIN POLLOUT);
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER SO_RCVBUF);

use Postern::RawTls;

my $at_once       = 16_384;         # octets of a flood
my $most          = 1024 * 1024;    # of it in all
my $slow_octets   = 64;
my $slow_interval = 0.1;            # seconds

# kind: a row of Postern::AbuseKinds; port, and the address that the client has
sub new {
    my ( $class, $kind, $port, $address ) = @_;
    my $self = bless {
        kind    => $kind,
        port    => $port,
        address => $address,
        again   => $kind->{again} // 0,
        opened  => 0,
    }, $class;
    return $self;
}

sub handle { return shift->{socket} }
sub opened { return shift->{opened} }

# Connects, and does not wait for it.  False if that cannot be.
sub open {
    my ( $self, $now ) = @_;
    my $kind = $self->{kind};
    $self->{socket} = IO::Socket::INET->new(
        LocalAddr => $self->{address},
        PeerAddr  => '127.0.0.1',
        PeerPort  => $self->{port},
        Blocking  => 0,
    ) or return 0;
    setsockopt $self->{socket}, SOL_SOCKET, SO_RCVBUF, pack( 'i', 4096 )
      if ( $kind->{reads} // 'all' ) ne 'all';
    $self->{$_} = 0 for qw(sent replies trickled answered is_half);
    @$self{qw(out input end)} = ( '', '', undef );
    @$self{qw(begun next_octet next_read)} = ( $now, $now, $now );
    $self->{tls} = $kind->{tls} ? Postern::RawTls->new('1.3') : undef;
    $self->{is_up} = !$self->{tls};
    $self->{out} = $self->{tls} ? $self->{tls}->hello : $kind->{start} // '';
    ++$self->{opened};
    return 1;
}

# What the driver is to wait for.
sub events {
    my ( $self, $now ) = @_;
    my $events = 0;
    $events |= POLLIN  if $self->wants_to_read($now);
    $events |= POLLOUT if length $self->{out} || $self->has_more || $self->is_done_soon;
    return $events;
}

sub wants_to_read {
    my ( $self, $now ) = @_;
    my $how = $self->{kind}{reads} // 'all';
    return 1 if !$self->{is_up} || $how eq 'all';
    return $how eq 'slowly' && $now >= $self->{next_read};
}

sub has_more {
    my ($self) = @_;
    my $kind = $self->{kind};
    return $self->{is_up} && $kind->{more} && $self->{sent} < ( $kind->{most} // $most );
}

sub is_done_soon {
    my ($self) = @_;
    return $self->{is_up} && $self->{kind}{then} && !$self->{is_half};
}

# The socket can take octets.
sub write {
    my ($self) = @_;
    $self->add_more if !length $self->{out} && $self->has_more;
    if ( length $self->{out} ) {
        my $sent = $self->{socket}->syswrite( $self->{out}, 65_536 );
        return $self->failed if !defined $sent;
        substr $self->{out}, 0, $sent, '';
    }
    return $self->act if !length $self->{out} && !$self->has_more && $self->is_done_soon;
    return;
}

sub failed {
    my ($self) = @_;
    $self->ended('server') if $! != EAGAIN && $! != EINTR && $! != EINPROGRESS;
    return;
}

sub add_more {
    my ($self) = @_;
    my $more = $self->{kind}{more};
    $self->put( $more x ( 1 + $at_once / length $more ) );
    return;
}

sub put {
    my ( $self, $octets ) = @_;
    $self->{sent} += length $octets;
    $self->{out} .= $self->{tls} ? $self->{tls}->seal($octets) : $octets;
    return;
}

# All that was to be sent has been taken.
sub act {
    my ($self) = @_;
    my $what = $self->{kind}{then};
    if ( $what eq 'half_close' ) {
        $self->{is_half} = 1;
        shutdown $self->{socket}, 1;
        return;
    }
    setsockopt $self->{socket}, SOL_SOCKET, SO_LINGER, pack( 'ii', 1, 0 ) if $what eq 'vanish';
    return $self->ended('client');
}

# There are octets to be read, or the end of them.
sub read {
    my ( $self, $now ) = @_;
    my $is_slow = ( $self->{kind}{reads} // 'all' ) eq 'slowly';
    my $read    = $self->{socket}->sysread( my $octets, $is_slow ? $slow_octets : 65_536 );
    return $self->failed          if !defined $read;
    return $self->ended('server') if !$read;
    $self->{next_read} = $now + $slow_interval if $is_slow;
    return $self->shake_hands($octets) if !$self->{is_up};
    return $self->answer($octets) if $self->{kind}{once} || $self->{kind}{answers};
    return;
}

sub shake_hands {
    my ( $self, $octets ) = @_;
    my $tls = $self->{tls};
    $tls->input($octets);
    $self->{is_up} = $tls->proceed;
    return $self->ended('client') if $tls->is_broken;
    $self->{out} .= $tls->output;
    $self->put( $self->{kind}{start} ) if $self->{is_up} && $self->{kind}{start};
    return;
}

sub answer {
    my ( $self, $octets ) = @_;
    $self->{input} .= $octets;
    while ( $self->{input} =~ s/\A(?:\d{3}-.*\r\n)*\d{3} .*\r\n// ) {
        my $line = $self->next_answer;
        $self->put("$line\r\n") if defined $line;
    }
    return;
}

sub next_answer {
    my ($self)  = @_;
    my $number  = $self->{answered}++;
    my @once    = @{ $self->{kind}{once} // [] };
    my @answers = @{ $self->{kind}{answers} // [] };
    return $once[$number] if $number < @once;
    return @answers ? $answers[ ( $number - @once ) % @answers ] : undef;
}

# What comes by the clock; to be called now and then.
sub tick {
    my ( $self, $now ) = @_;
    my $kind = $self->{kind};
    if ( $kind->{slowly} && $now >= $self->{next_octet} && !length $self->{out} ) {
        $self->put( substr $kind->{slowly}, $self->{trickled}++ % length $kind->{slowly}, 1 );
        $self->{next_octet} = $now + ( $kind->{every} // 0.2 );
    }
    $self->ended('client') if $kind->{leaves} && $now > $self->{begun} + $kind->{leaves};
    return;
}

sub ended {
    my ( $self, $by ) = @_;
    $self->{end} = $by;
    return;
}

# By whom, or nothing while it goes on.
sub end { return shift->{end} }

sub close {
    my ($self) = @_;
    ( delete $self->{socket} )->close;
    return;
}

# Whether it comes again.
sub comes_again {
    my ($self) = @_;
    return $self->{end} eq 'client' && $self->{again}-- > 0;
}

1;
