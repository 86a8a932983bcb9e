# SPDX-License-Identifier: ISC
#
# Postern::Recorder - stands between a client and a server, and keeps what they say.
#
# What a client sends before it has read the reply is seen as one turn; so it can be told whether a
# client really uses PIPELINING.

package Postern::Recorder;

use strict;
use warnings;
use File::Temp;
use IO::Select;
use IO::Socket::INET;
use POSIX ();

use Postern::Command qw(text_of);

my $longest_recording = 120;    # seconds; it must not outlive the test

# Passes everything on to a port of this host, from a port of its own.
sub new {
    my ( $class, $server ) = @_;
    my $listener = IO::Socket::INET->new( LocalAddr => '127.0.0.1', Listen => 50 )
      or die "no port for a recorder: $!\n";
    my $self = bless {
        port  => $listener->sockport,
        file  => File::Temp->new,
        owner => $$,
    }, $class;
    $self->{pid} = fork() // die "fork: $!\n";
    return $self if $self->{pid};
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP ALRM);    ## no critic: it is a process of its own
    alarm $longest_recording;
    eval { $self->pass_on( $listener, $server ) };
    POSIX::_exit(1);
}

sub DESTROY {
    my ($self) = @_;
    local ( $?, $@, $! );
    $self->stop if $self->{owner} == $$;
    return;
}

sub port { return shift->{port} }

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill TERM => $pid;
    waitpid( $pid, 0 );
    return;
}

# ---- The process

sub pass_on {
    my ( $self, $listener, $server ) = @_;
    my $select = IO::Select->new($listener);
    my %ends;    # socket => its connection and side, and the socket across
    my $count = 0;
    while ( my @ready = $select->can_read ) {
        for my $socket (@ready) {
            if ( $socket == $listener ) {
                my %new = ends_of( scalar $listener->accept, $server, $count++ );
                $select->add( map { $_->{across} } values %new );
                %ends = ( %ends, %new );
            }
            elsif ( !$self->copy( $socket, $ends{$socket} ) ) {
                $select->remove($socket);
                delete $ends{$socket};
            }
        }
    }
    return;
}

# The two sockets of a connection.
sub ends_of {
    my ( $client, $port, $connection ) = @_;
    my $server = IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => $port )
      or die "cannot connect to the server: $!\n";
    return (
        $client => { connection => $connection, side => 'C', across => $server },
        $server => { connection => $connection, side => 'S', across => $client },
    );
}

# What there is goes into the file and to the other side; false at the end of the stream.
sub copy {
    my ( $self, $socket, $end ) = @_;
    my $octets;
    if ( !$socket->sysread( $octets, 65536 ) ) {
        shutdown( $end->{across}, 1 );
        return 0;
    }
    syswrite $self->{file}, pack( 'NaN/a', $end->{connection}, $end->{side}, $octets );
    while ( length $octets ) {
        my $sent = $end->{across}->syswrite($octets) // return 0;
        substr $octets, 0, $sent, '';
    }
    return 1;
}

# ---- What was said

# For each connection its turns in order, each a side, "C" or "S", and octets.
sub connections {
    my ($self) = @_;
    my @pieces = unpack '(NaN/a)*', text_of( $self->{file}->filename );
    my @connections;
    while ( my ( $connection, $side, $octets ) = splice @pieces, 0, 3 ) {
        my $turns = $connections[$connection] //= [];
        push @$turns, [ $side, '' ] if !@$turns || $turns->[-1][0] ne $side;
        $turns->[-1][1] .= $octets;
    }
    return @connections;
}

# All that the clients sent, a string for each turn.
sub client_turns {
    my ($self) = @_;
    return map { $_->[1] } grep { $_->[0] eq 'C' } map { @$_ } $self->connections;
}

1;
