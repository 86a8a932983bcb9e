# SPDX-License-Identifier: ISC
#
# Postern::Bench::Load - runs the load generator, t/bench/load.cpp.

package Postern::Bench::Load;

use strict;
use warnings;
use IPC::Open2;
use JSON::PP;
use POSIX qw(WNOHANG);

use Postern::Poll qw(poll_until);

my $grace = 30;    # seconds, after which a generator that does not end is ended

sub new {
    my ( $class, $program ) = @_;
    -x $program or die "$program is missing; run make bench-programs first\n";
    return bless { program => $program }, $class;
}

# What it says about seconds of load.
sub run {
    my ( $self, $given, @arguments ) = @_;
    my $running = $self->hold( $given->{seconds}, @arguments );
    return $running->end;
}

# Begins, and waits for what it says.  It goes on until "end", which returns that.
sub hold {
    my ( $self, $seconds, @arguments ) = @_;
    my $pid     = open2( my $out, my $in, $self->{program}, @arguments );
    my $held    = bless { pid => $pid, in => $in, line => '' }, 'Postern::Bench::Load::Held';
    my $is_over = 0;
    my $readable = '';
    vec( $readable, fileno $out, 1 ) = 1;
    poll_until {
        while ( select( my $ready = $readable, undef, undef, 0.1 ) > 0 ) {
            my $got = sysread( $out, $held->{line}, 65536, length $held->{line} );
            $is_over ||= !$got || $held->{line} =~ /\n\z/;
            last if $is_over;
        }
        return $is_over;
    }
    $seconds + $grace;
    return $held;
}

package Postern::Bench::Load::Held {
    use POSIX qw(WNOHANG);
    use Postern::Poll qw(poll_until);

    sub end {
        my ($self) = @_;
        my $pid = delete $self->{pid};
        close $self->{in};
        poll_until { waitpid( $pid, WNOHANG ) != 0 } 5
          or kill( KILL => $pid ) && waitpid( $pid, 0 );
        die "the load generator said nothing\n" if $self->{line} !~ /\n\z/;
        return JSON::PP::decode_json( $self->{line} );
    }

    sub DESTROY {
        my ($self) = @_;
        local ( $?, $@, $! );
        kill KILL => $self->{pid} if $self->{pid};
        return;
    }
}

1;
