# SPDX-License-Identifier: ISC
#
# Postern::NameServer - a name server that counts, and that may say anything.

package Postern::NameServer;

use strict;
use warnings;
use Exporter qw(import);
use File::Temp;
use IO::Socket::INET;
use POSIX ();

use Postern::Command qw(text_of);

our @EXPORT_OK = qw(a cname ptr wire_name);

my $longest_service = 120;    # seconds; it must not outlive the test

my %number_of = ( A => 1, CNAME => 5, PTR => 12, AAAA => 28 );
my %type_of   = reverse %number_of;

# On a port of 127.0.0.1.  zone: "TYPE name" => what it says to that question: a list of records,
# or code, which gets the query and returns the whole packet, or nothing for silence.  What is not
# in the zone does not exist.
sub new {
    my ( $class, %zone ) = @_;
    my $socket = IO::Socket::INET->new( LocalAddr => '127.0.0.1', Proto => 'udp' )
      or die "no port for a name server: $!\n";
    my $self = bless {
        port  => $socket->sockport,
        file  => File::Temp->new,
        owner => $$,
    }, $class;
    $self->{pid} = fork() // die "fork: $!\n";
    return $self if $self->{pid};
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP ALRM);    ## no critic: it is a process of its own
    alarm $longest_service;
    eval { $self->serve( $socket, \%zone ) };
    POSIX::_exit(1);
}

sub DESTROY {
    my ($self) = @_;
    local ( $?, $@, $! );
    $self->stop if $self->{owner} == $$;
    return;
}

# As `dns.servers` has it.
sub address { return '127.0.0.1:' . shift->{port} }

# All questions so far, "TYPE name".
sub questions {
    my ($self) = @_;
    return split /\n/, text_of( $self->{file}->filename );
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill TERM => $pid;
    waitpid( $pid, 0 );
    return;
}

# ---- Records, of 60 seconds if nothing else is said

sub record {
    my ( $type, $value, $ttl, $owner ) = @_;
    return ( $owner // "\xc0\x0c" ) . pack 'nnNn/a', $number_of{$type}, 1, $ttl // 60, $value;
}

sub a {
    my ( $address, @more ) = @_;
    return record( A => pack( 'C4', split /\./, $address ), @more );
}

sub ptr {
    my ( $name, @more ) = @_;
    return record( PTR => wire_name($name), @more );
}

sub cname {
    my ( $name, @more ) = @_;
    return record( CNAME => wire_name($name), @more );
}

# Labels by dots; a name that is a reference has its labels in a list.
sub wire_name {
    my ($name) = @_;
    return pack '(C/a)*x', ref $name ? @$name : split /\./, $name;
}

# ---- The process

sub serve {
    my ( $self, $socket, $zone ) = @_;
    while ( defined $socket->recv( my $query, 4096 ) ) {
        my ( $name, $number ) = question_in($query);
        my $question = $type_of{$number} . ' ' . lc $name;
        syswrite $self->{file}, "$question\n";
        my $packet = reply_to( $query, $zone->{$question} );
        $socket->send($packet) if defined $packet;
    }
    return;
}

sub question_in {
    my ($query) = @_;
    my ( $at, @labels ) = (12);
    while ( my $length = ord substr $query, $at, 1 ) {
        push @labels, substr $query, $at + 1, $length;
        $at += 1 + $length;
    }
    return ( join( '.', @labels ), unpack 'n', substr $query, $at + 1, 2 );
}

sub reply_to {
    my ( $query, $answer ) = @_;
    return $answer->($query) if ref $answer eq 'CODE';
    return packet( $query, 0x8183 ) if !$answer;
    return packet( $query, 0x8180, @$answer );
}

# With these flags and records.
sub packet {
    my ( $query, $flags, @records ) = @_;
    my ($id) = unpack 'n', $query;
    return pack( 'n6', $id, $flags, 1, scalar @records, 0, 0 ) . substr( $query, 12 ) . join '',
      @records;
}

1;
