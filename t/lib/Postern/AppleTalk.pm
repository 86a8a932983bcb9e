# SPDX-License-Identifier: ISC
#
# Postern::AppleTalk - a client on an AppleTalk network that is carried by UDP (LToUDP).
#
#   my $station = Postern::AppleTalk->new( port => $port, loss => 0.1 );
#   my $service = $station->lookup( 'Postern', 'SMTPServer' ) or die;
#   my $stream  = $station->open( $service->{address} ) or die;
#   $stream->line;                  # "220 ..."
#   $stream->put("HELO mac\r\n");
#   $stream->close;
#
# Written from the protocol's description and not from src/adsp, so that the two can disagree.  It
# has a number of its own, finds services by name, and talks ADSP with them in a plain way: a few
# packets at a time, all of them anew after a second.  All streams of a station are served by one
# loop, whichever of its methods waits.  It dies of a wrong checksum, and of nothing else.

package Postern::AppleTalk;

use strict;
use warnings;
use IO::Select;
use Socket qw(AF_INET SOCK_DGRAM SOL_SOCKET SO_REUSEADDR IPPROTO_IP IP_ADD_MEMBERSHIP
  IP_MULTICAST_IF IP_MULTICAST_LOOP IP_MULTICAST_TTL inet_aton pack_ip_mreq pack_sockaddr_in);
use Time::HiRes qw(time);

# Of Linux; Perl's Socket does not have them.
use constant { SO_REUSEPORT => 15, IP_MULTICAST_ALL => 49 };

use constant { SHORT => 1, LONG => 2, ENQUIRY => 0x81, ACKNOWLEDGEMENT => 0x82 };
use constant { EVERYBODY => 255, NAMES => 2, NBP => 2, ADSP => 7, ECHO => 4 };
use constant { OUR_NAMES => 240 };    # the socket to which answers about names come

# group, port, interface: of the network.  loss: which part of all datagrams, in both directions,
# is lost.  node: the number to try first.  keep: an array that gets all frames of others.  Takes a
# number, which takes two seconds.
sub new {
    my ( $class, %with ) = @_;
    my $self = bless {
        group     => '239.192.76.84',
        port      => 1954,
        interface => '127.0.0.1',
        loss      => 0,
        node      => 1 + int rand 127,
        sender    => int rand 2**32,
        net       => 0,
        found     => {},
        echoes    => [],
        streams   => {},
        next_id   => 1 + int rand 60000,
        %with,
    }, $class;
    $self->{target} = pack_sockaddr_in( $self->{port}, inet_aton( $self->{group} ) );
    socket( $self->{socket}, AF_INET, SOCK_DGRAM, 0 ) or die "socket: $!\n";
    my $interface = inet_aton( $self->{interface} );
    my @options   = (
        [ SOL_SOCKET, SO_REUSEADDR,      pack( 'i', 1 ) ],
        [ SOL_SOCKET, SO_REUSEPORT,      pack( 'i', 1 ) ],
        [ IPPROTO_IP, IP_MULTICAST_ALL,  pack( 'i', 0 ) ],
        [ IPPROTO_IP, IP_MULTICAST_IF,   $interface ],
        [ IPPROTO_IP, IP_MULTICAST_LOOP, pack( 'i', 1 ) ],
        [ IPPROTO_IP, IP_MULTICAST_TTL,  pack( 'i', 1 ) ],
        [ IPPROTO_IP, IP_ADD_MEMBERSHIP, pack_ip_mreq( inet_aton( $self->{group} ), $interface ) ],
    );
    for my $option (@options) {
        setsockopt( $self->{socket}, $option->[0], $option->[1], $option->[2] )
          or die "setsockopt $option->[1]: $!\n";
    }
    bind( $self->{socket}, $self->{target} ) or die "bind $self->{group}:$self->{port}: $!\n";
    $self->acquire;
    return $self;
}

sub node { return $_[0]{node} }

# Waits until the condition holds, and returns what it gave; nothing if it does not in time.
sub wait_for {
    my ( $self, $seconds, $condition ) = @_;
    my $end = time + $seconds;
    while (1) {
        my $holds = $condition->();
        return $holds if $holds;
        my $left = $end - time;
        return if $left <= 0;
        my $step = $left < 0.05 ? $left : 0.05;
        $self->receive if IO::Select->new( $self->{socket} )->can_read($step);
        $_->tick for values %{ $self->{streams} };
    }
}

# ---- Frames and datagrams

sub send_frame {
    my ( $self, $to, $type, $octets ) = @_;
    return if rand() < $self->{loss};
    my $frame = pack( 'N C C C', $self->{sender}, $to, $self->{node}, $type ) . $octets;
    send( $self->{socket}, $frame, 0, $self->{target} );
    return;
}

# Whatever is in it.
sub send_octets {
    my ( $self, $datagram ) = @_;
    send( $self->{socket}, $datagram, 0, $self->{target} );
    return;
}

# A number that nobody has: somebody who does says so, or asks for it as well.
sub acquire {
    my ($self) = @_;
    for my $try ( 1 .. 20 ) {
        $self->{taken}     = 0;
        $self->{acquiring} = 1;
        for my $ask ( 1 .. 8 ) {
            $self->send_frame( $self->{node}, ENQUIRY, '' );
            last if $self->wait_for( 0.2, sub { $self->{taken} } );
        }
        $self->{acquiring} = 0;
        return if !$self->{taken};
        $self->{node} = 1 + int rand 127;
    }
    die "no node number is free\n";
}

sub receive {
    my ($self) = @_;
    defined recv( $self->{socket}, my $datagram, 2048, 0 ) or return;
    return if length $datagram < 7 || rand() < $self->{loss};
    my ( $sender, $to, $from, $type, $octets ) = unpack 'N C C C a*', $datagram;
    return if $sender == $self->{sender};
    push @{ $self->{keep} }, substr $datagram, 4 if $self->{keep};
    if ( $type == ENQUIRY || $type == ACKNOWLEDGEMENT ) {
        return if $to != $self->{node};
        if    ( $self->{acquiring} ) { $self->{taken} = 1 }
        elsif ( $type == ENQUIRY )   { $self->send_frame( $to, ACKNOWLEDGEMENT, '' ) }
        return;
    }
    return if $self->{acquiring} || ( $to != $self->{node} && $to != EVERYBODY );
    $self->hear_datagram( [ 0, $from ], unpack 'n C C C a*', $octets )
      if $type == SHORT && length $octets >= 5;
    if ( $type == LONG && length $octets >= 13 ) {
        my ( $start, $sum, $to_net, $net, $to_node, $node, @rest ) =
          unpack 'n n n n C C C C C a*', $octets;
        die "checksum of a datagram from $net.$node is wrong\n"
          if $sum != 0 && $sum != checksum( substr $octets, 4 );
        $self->hear_datagram( [ $net, $node ], $start, @rest ) if $to_node == $self->{node};
    }
    return;
}

sub checksum {
    my ($octets) = @_;
    my $sum = 0;
    for my $octet ( unpack 'C*', $octets ) {
        $sum = ( $sum + $octet ) & 0xffff;
        $sum = ( ( $sum << 1 ) | ( $sum >> 15 ) ) & 0xffff;
    }
    return $sum || 0xffff;
}

sub hear_datagram {
    my ( $self, $from, $start, $socket, $from_socket, $type, $octets ) = @_;
    my $source = { net => $from->[0], node => $from->[1], socket => $from_socket };
    $self->hear_names($octets) if $type == NBP && $socket == OUR_NAMES;
    push @{ $self->{echoes} }, $octets if $type == ECHO && $octets =~ /^\x02/;
    $self->hear_stream( $source, $socket, $octets ) if $type == ADSP && length $octets >= 13;
    return;
}

# With a short header: this client is on one network with what it talks to.
sub send_datagram {
    my ( $self, $node, $socket, $from_socket, $type, $octets ) = @_;
    my $header = pack 'n C C C', 5 + length $octets, $socket, $from_socket, $type;
    return $self->send_frame( $node, SHORT, $header . $octets );
}

# Whether the node echoes the octets.
sub echo {
    my ( $self, $node, $octets ) = @_;
    $self->{echoes} = [];
    for my $try ( 1 .. 5 ) {
        $self->send_datagram( $node, 4, OUR_NAMES, ECHO, "\x01$octets" );
        my $came = $self->wait_for( 0.5, sub { @{ $self->{echoes} } } );
        return $self->{echoes}[0] eq "\x02$octets" if $came;
    }
    return 0;
}

# ---- Names

# The services that fit, "=" is any: name, type, zone and address of each.
sub lookup_all {
    my ( $self, $object, $type, $zone ) = @_;
    $self->{found} = {};
    $self->{nbp_id} = int rand 256;
    my $tuple = pack 'n C C C C/a* C/a* C/a*', 0, $self->{node}, OUR_NAMES, 0, $object, $type,
      $zone // '*';
    for my $try ( 1 .. 3 ) {
        $self->send_datagram( EVERYBODY, NAMES, OUR_NAMES, NBP,
            pack( 'C C', 0x21, $self->{nbp_id} ) . $tuple );
        $self->wait_for( 0.5, sub { 0 } );
    }
    return map { $self->{found}{$_} } sort keys %{ $self->{found} };
}

# The first of them, as soon as it answers; nothing after 21 tries.
sub lookup {
    my ( $self, $object, $type ) = @_;
    for my $try ( 1 .. 7 ) {
        my @found = $self->lookup_all( $object, $type );
        return $found[0] if @found;
    }
    return;
}

sub hear_names {
    my ( $self, $octets ) = @_;
    my ( $start, $id, $rest ) = unpack 'C C a*', $octets;
    return if $start >> 4 != 3 || !defined $self->{nbp_id} || $id != $self->{nbp_id};
    for ( 1 .. $start & 15 ) {
        ( my ( $net, $node, $socket, $enumerator, $object, $type, $zone ), $rest ) =
          unpack 'n C C C C/a* C/a* C/a* a*', $rest;
        return if !defined $rest;
        $self->{found}{ join ' ', $object, $type, $net, $node, $socket, $enumerator } = {
            object  => $object,
            type    => $type,
            zone    => $zone,
            address => { net => $net, node => $node, socket => $socket },
        };
    }
    return;
}

# ---- Streams

# A stream to that address, which is open; nothing if it was denied or nobody answered.
sub open {
    my ( $self, $address ) = @_;
    my $stream = $self->open_later($address);
    $self->wait_for( 15, sub { $stream->{state} ne 'opening' } );
    return $stream->{state} eq 'open' ? $stream : undef;
}

# The same without waiting.
sub open_later {
    my ( $self, $address ) = @_;
    my $id = $self->{next_id}++;
    $self->{next_id} = 1 if $self->{next_id} > 0xffff;
    my $stream = Postern::AppleTalk::Stream->new( $self, $id, 128 + $id % 100, $address );
    $self->{streams}{$id} = $stream;
    return $stream;
}

sub hear_stream {
    my ( $self, $source, $socket, $octets ) = @_;
    my %packet;
    @packet{qw(id first next window descriptor octets)} = unpack 'n N N n C a*', $octets;
    @packet{qw(version to attention)} = unpack 'n n N', $packet{octets}
      if $packet{descriptor} >= 0x81 && $packet{descriptor} <= 0x84;
    for my $stream ( values %{ $self->{streams} } ) {
        next if $stream->{socket} != $socket || $stream->{address}{node} != $source->{node};
        my $fits =
          defined $packet{to} ? $packet{to} == $stream->{id} : $packet{id} == $stream->{peer_id};
        return $stream->hear( \%packet ) if $fits;
    }
    return;
}

package Postern::AppleTalk::Stream;

use strict;
use warnings;
use Time::HiRes qw(time);

use constant { CONTROL => 0x80, ASK => 0x40, ATTENTION => 0x10 };
use constant { REQUEST => 1, CONFIRM => 2, AGREE => 3, DENY => 4, CLOSE => 5, ADVISE => 8 };
use constant { ROOM => 4096, IN_BURST => 4, IN_PACKET => 572 };

sub new {
    my ( $class, $station, $id, $socket, $address ) = @_;
    my $self = bless {
        station => $station,
        id      => $id,
        peer_id => 0,
        socket  => $socket,
        address => $address,
        state   => 'opening',
        tries   => 0,
        first   => 0,           # the number of the first octet of out
        sent    => 0,           # octets of out that are under way
        limit   => 0,           # the first number that the peer has no room for
        out     => '',
        next    => 0,           # the number of the octet that is waited for
        in      => '',
        resent  => 0,
        due     => 0,
    }, $class;
    $self->tick;
    return $self;
}

sub tell {
    my ( $self, $descriptor, $octets, $first ) = @_;
    my $window = ROOM - length $self->{in};
    my $packet = pack 'n N N n C', $self->{id}, ( $first // $self->{first} + $self->{sent} ) & 0xffffffff,
      $self->{next}, $window < 0 ? 0 : $window, $descriptor;
    my $address = $self->{address};
    $self->{station}->send_datagram( $address->{node}, $address->{socket}, $self->{socket}, 7,
        $packet . ( $octets // '' ) );
    return;
}

sub tell_open {
    my ( $self, $code ) = @_;
    return $self->tell( CONTROL | $code, pack 'n n N', 0x0100, $self->{peer_id}, 0 );
}

# Called now and then; does again what was not answered.
sub tick {
    my ($self) = @_;
    return if time < $self->{due};
    if ( $self->{state} eq 'opening' ) {
        $self->{due} = time + 1;
        if ( ++$self->{tries} > 12 ) { $self->{state} = 'failed' }
        else                         { $self->tell_open(REQUEST) }
    }
    elsif ( $self->{state} eq 'open' && length $self->{out} ) {
        $self->{resent}++ if $self->{sent};
        $self->{sent} = 0;
        $self->send_burst or $self->tell( CONTROL | ASK );    # is there room by now?
        $self->{due} = time + 0.5;
    }
    return;
}

# Sends a burst when nothing is under way.
sub send_burst {
    my ($self) = @_;
    return 1 if $self->{sent} || $self->{state} ne 'open';
    for my $count ( 1 .. IN_BURST ) {
        my $room  = $self->{limit} - $self->{first} - $self->{sent};
        my $chunk = substr $self->{out}, $self->{sent}, $room < IN_PACKET ? $room : IN_PACKET;
        last if $room <= 0 || $chunk eq '';
        my $at   = $self->{first} + $self->{sent};
        my $rest = length( $self->{out} ) - $self->{sent} - length $chunk;
        my $last = $count == IN_BURST || $rest == 0 || $room == length $chunk;
        $self->tell( $last ? ASK : 0, $chunk, $at );
        $self->{sent} += length $chunk;
    }
    $self->{due} = time + 0.5;
    return $self->{sent} > 0;
}

sub hear {
    my ( $self, $packet ) = @_;
    my $descriptor = $packet->{descriptor};
    my $code       = $descriptor & 15;
    if ( defined $packet->{to} ) {
        $self->{state} = 'denied' if $code == DENY && $self->{state} eq 'opening';
        return if $code != AGREE;
        if ( $self->{state} eq 'opening' ) {
            $self->{peer_id} = $packet->{id};
            $self->{first}   = $packet->{next};
            $self->{limit}   = $packet->{next} + $packet->{window};
            $self->{state}   = 'open';
            $self->{due}     = 0;
        }
        return $self->tell_open(CONFIRM);
    }
    return $self->tell( CONTROL | CLOSE )
      if $self->{state} eq 'closed' && ( $descriptor & 0x8f ) != ( CONTROL | CLOSE );
    return if $self->{state} ne 'open' || $descriptor & ATTENTION;
    $self->hear_acknowledgement($packet);
    if ( !( $descriptor & CONTROL ) ) { return $self->hear_octets($packet) }
    if ( $code == CLOSE )             { $self->{state} = 'closed by peer' }
    elsif ( $code == ADVISE ) { $self->{sent} = 0; $self->{resent}++; $self->send_burst }
    elsif ( $code == 0 && $descriptor & ASK ) { $self->tell(CONTROL) }
    return;
}

sub hear_acknowledgement {
    my ( $self, $packet ) = @_;
    my $acknowledged = ( $packet->{next} - $self->{first} ) & 0xffffffff;
    return if $acknowledged > length $self->{out};
    my $limit = $self->{first} + $acknowledged + $packet->{window};
    $self->{limit} = $limit if $limit > $self->{limit};
    substr( $self->{out}, 0, $acknowledged ) = '';
    $self->{first} += $acknowledged;
    $self->{sent} = $self->{sent} > $acknowledged ? $self->{sent} - $acknowledged : 0;
    return $self->send_burst;
}

sub hear_octets {
    my ( $self, $packet ) = @_;
    my $ends   = $packet->{descriptor} & 0x20 ? 1 : 0;
    my $ahead  = $packet->{first} - $self->{next};
    my $length = length $packet->{octets};
    if ( $ahead > 0 ) {
        $self->tell( CONTROL | ADVISE ) if $packet->{descriptor} & ASK;
        return;
    }
    my $new = $length + $ahead;
    if ( $new + $ends > 0 ) {
        $self->{in} .= substr $packet->{octets}, -$ahead if $new > 0;
        $self->{next} += $new + $ends;
    }
    return $self->tell(CONTROL);
}

sub state  { return $_[0]{state} }
sub resent { return $_[0]{resent} }

# The octets that have come and were not taken yet.
sub unread { return $_[0]{in} }

# The next line without its end; nothing if the stream ends before it does or it takes too long.
sub line {
    my ( $self, $seconds ) = @_;
    my $complete = sub { $self->{in} =~ /\n/ || $self->{state} ne 'open' };
    $self->{station}->wait_for( $seconds // 60, $complete );
    return $self->{in} =~ s/^(.*?)\r?\n// ? $1 : undef;
}

# A reply of SMTP: its last line.
sub reply {
    my ( $self, $seconds ) = @_;
    while ( defined( my $line = $self->line($seconds) ) ) {
        return $line if $line !~ /^\d{3}-/;
    }
    return;
}

sub put {
    my ( $self, $octets ) = @_;
    $self->{out} .= $octets;
    $self->{due} = 0 if !$self->{sent};
    $self->send_burst;
    return;
}

# Waits until the peer has everything; true if it has.
sub flush {
    my ( $self, $seconds ) = @_;
    my $done = sub { $self->{out} eq '' || $self->{state} ne 'open' };
    $self->{station}->wait_for( $seconds // 60, $done );
    return $self->{out} eq '';
}

# What the peer still says is not read.
sub close {
    my ($self) = @_;
    $self->flush;
    return if $self->{state} ne 'open';
    $self->tell( CONTROL | CLOSE );
    $self->{state} = 'closed';
    return;
}

# Falls silent, as a Mac does whose plug was pulled.
sub vanish {
    my ($self) = @_;
    delete $self->{station}{streams}{ $self->{id} };
    return;
}

1;
