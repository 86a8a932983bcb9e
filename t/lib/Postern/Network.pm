# SPDX-License-Identifier: ISC
#
# Postern::Network - a network of its own for a test: links, and neighbours behind them.
#
# The test and the daemons it starts are in a network namespace with nothing but lo.  A link is a
# pair of virtual Ethernet interfaces: one end is here under the link's name, the other end,
# "peer", is all that the neighbour has, who is in a namespace, too.

package Postern::Network;

use strict;
use warnings;
use Fcntl qw(F_SETFD);
use IO::Handle;
use IO::Socket::IP;
use POSIX qw(uname);
use Socket qw(SOCK_RAW);
use Test::More ();

use Postern::Command qw(run_command);
use Postern::Poll qw(poll_until);

my $marker       = 'POSTERN_TEST_NETWORK';
my $clone_newnet = 0x40000000;
my %setns_of     = ( x86_64 => 308, aarch64 => 268, riscv64 => 268 );    # setns(2)
my $af_packet    = 17;
my $all_frames   = 3;                                                    # ETH_P_ALL

# Starts the test again within a network of its own.  Skips it where that cannot be: only root may,
# and not everywhere.
sub enter {
    my ($class) = @_;
    if ( !$ENV{$marker} ) {
        Test::More::plan( skip_all => 'only root makes networks' ) if $> != 0;
        Test::More::plan( skip_all => 'setns(2) has no number here' ) if !$setns_of{ machine() };
        my ( $exit, undef, $errors ) =
          run_command(qw(unshare -nm sh -c), 'ip link add l0 type veth peer name l1');
        Test::More::plan( skip_all => "no network can be made here: $errors" ) if $exit;
        local $ENV{$marker} = 1;
        exec 'unshare', '-nm', $^X, ( map { "-I$_" } @INC ), $0 or die "unshare: $!\n";
    }
    my $self = bless { own => namespace_of($$), neighbours => {} }, $class;
    $self->ip(qw(link set lo up));
    return $self;
}

sub machine { return (uname)[4] }

# ip(8), here.  Dies if it does not do what it is told.
sub ip {
    my ( $self,  @words )           = @_;
    my ( $exit, $output, $errors ) = run_command( 'ip', @words );
    die "ip @words: $errors\n" if $exit;
    return $output;
}

# A link that is up, with these addresses ("192.0.2.1/24") here and on the neighbour's side.
# IPv6 sends packets of its own, which would be in the way of who counts them; so there is none
# where no address is of it.
sub add_link {
    my ( $self, $link, $here, $there ) = @_;
    my $neighbour = $self->{neighbours}{$link} //= Postern::Network::Neighbour->new;
    $self->ip( 'link', 'add', $link, 'type', 'veth', 'peer', 'name', 'peer', 'netns',
        $neighbour->{pid} );
    my $has_ipv6 = grep { /:/ } @$here, @$there;
    $self->add_address( $link, $_ ) for @$here;
    $self->disable_ipv6($link) if !$has_ipv6;
    $self->ip( qw(link set), $link, 'up' );
    $self->at(
        $link,
        sub {
            $self->add_address( 'peer', $_ ) for @$there;
            $self->disable_ipv6('peer') if !$has_ipv6;
            $self->ip(qw(link set peer up));
            $self->ip(qw(link set lo up));
        }
    );
    return;
}

# "nodad": usable at once, without asking whether somebody else has it.
sub add_address {
    my ( $self, $interface, $address ) = @_;
    $self->ip( qw(addr add), $address, 'dev', $interface, $address =~ /:/ ? 'nodad' : () );
    return;
}

sub disable_ipv6 {
    my ( $self, $interface ) = @_;
    run_command( 'sysctl', '-qw', "net.ipv6.conf.$interface.disable_ipv6=1" );
    return;
}

# Calls code where the link's neighbour is.  Sockets that it opens stay there.
sub at {
    my ( $self, $link, $code ) = @_;
    set_namespace( $self->{neighbours}{$link}{namespace} );
    my @result = eval { $code->() };
    my $error  = $@;
    set_namespace( $self->{own} );
    die $error if $error;
    return wantarray ? @result : $result[0];
}

# What the link's neighbour gets from address and port: a socket, or undef with $! set.
sub connect_from {
    my ( $self, $link, $address, $port ) = @_;
    return $self->at(
        $link,
        sub {
            return IO::Socket::IP->new( PeerHost => $address, PeerPort => $port, Timeout => 2 );
        }
    );
}

# All frames that come out of the link from now on, as the neighbour sees them: see frames.
sub capture {
    my ( $self, $link ) = @_;
    return $self->at(
        $link,
        sub {
            my ($index) = $self->ip(qw(-o link show peer)) =~ /^(\d+):/;
            socket( my $socket, $af_packet, SOCK_RAW, unpack( 'S', pack 'n', $all_frames ) )
              or die "packet socket: $!\n";
            bind( $socket, pack 'S n i x12', $af_packet, $all_frames, $index )
              or die "bind to peer: $!\n";
            $socket->blocking(0);
            return $socket;
        }
    );
}

# Those that have been captured since the last time.
sub frames {
    my ( $self, $capture ) = @_;
    my @frames;
    while ( defined recv( $capture, my $frame, 65536, 0 ) ) { push @frames, $frame }
    return @frames;
}

sub namespace_of {
    my ($pid) = @_;
    open( my $namespace, '<', "/proc/$pid/ns/net" ) or die "namespace of $pid: $!\n";
    return $namespace;
}

sub set_namespace {
    my ($namespace) = @_;
    syscall( $setns_of{ machine() }, fileno($namespace), $clone_newnet ) == 0
      or die "setns: $!\n";
    return;
}

# A process that does nothing but be in a namespace of its own.
package Postern::Network::Neighbour;

use strict;
use warnings;

sub new {
    my ($class) = @_;
    my $pid = fork() // die "fork: $!\n";
    if ( $pid == 0 ) {
        exec qw(unshare -n sleep 600) or POSIX::_exit(127);
    }
    my $self = bless { pid => $pid, owner => $$ }, $class;
    my $own  = readlink "/proc/$$/ns/net";
    Postern::Poll::poll_until { ( readlink("/proc/$pid/ns/net") // $own ) ne $own }
    or die "no namespace for a neighbour\n";
    $self->{namespace} = Postern::Network::namespace_of($pid);
    return $self;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ( $?, $! );
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

1;
