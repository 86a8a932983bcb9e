# SPDX-License-Identifier: ISC
#
# Postern::Control - asks a posternd as posternctl and Prometheus do, and as nobody should.

package Postern::Control;

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP ();
use Test::More ();
use Time::HiRes qw(time);

use Postern::Command qw(run_command);
use Postern::Config qw(quoted);
use Postern::Poll qw($patience);

our @EXPORT_OK = qw(posternctl with_control control_socket ctl ctl_json counter_of
  control_connection reply_to rest_of metrics_of metric_samples);

# The path of the posternctl to test.
sub posternctl {
    my $program = $ENV{POSTERNCTL} // ( $ENV{POSTERN_BUILD} // 'build' ) . '/posternctl';
    -x $program or Test::More::BAIL_OUT("$program is missing; run make first");
    return abs_path($program);
}

# A Postern::Daemon, not yet started, that listens for posternctl.
sub with_control {
    my ($daemon) = @_;
    $daemon->set( 'control.path' => quoted( control_socket($daemon) ) );
    return $daemon;
}

sub control_socket { return shift->path('control') }

# Exit code, standard output, standard error.
sub ctl {
    my ( $daemon, @words ) = @_;
    return run_command( posternctl(), '-s', control_socket($daemon), @words );
}

# What posternctl --json has said; dies if that is no JSON in one line, or it failed.
sub ctl_json {
    my ( $daemon, @words ) = @_;
    my ( $exit, $out, $error ) = ctl( $daemon, @words, '--json' );
    die "posternctl @words: exit $exit: $error" if $exit;
    die "no single line: $out" if $out !~ /\A[^\n]+\n\z/;
    return JSON::PP->new->utf8->decode($out);
}

# A counter of the status, by its metric and label.
sub counter_of {
    my ( $status, $name, $label ) = @_;
    my @found =
      grep { $_->{name} eq $name && $_->{label} eq ( $label // '' ) } @{ $status->{counters} };
    die "no counter $name\n" if @found != 1;
    return $found[0]{value};
}

# ---- The socket itself

sub control_connection {
    my ($daemon) = @_;
    return IO::Socket::UNIX->new( Peer => control_socket($daemon) ) // die "control: $!\n";
}

# All that comes until the server closes; undef if it does not.
sub rest_of {
    my ($socket) = @_;
    my ( $text, $deadline ) = ( '', time + $patience );
    my $select = IO::Select->new($socket);
    while ( time < $deadline ) {
        next if !$select->can_read(0.2);
        my $read = sysread $socket, $text, 65536, length $text;
        return $text if !$read;
    }
    return;
}

# The whole reply to these octets.
sub reply_to {
    my ( $daemon, $octets ) = @_;
    my $socket = control_connection($daemon);
    syswrite $socket, $octets;
    return rest_of($socket);
}

# ---- Metrics

# Asks with curl, with these further arguments; returns the code of HTTP and what came.
sub metrics_of {
    my (@arguments) = @_;
    my ( $exit, $out, $error ) = run_command( qw(curl -sS --max-time 20 -w), '\n%{http_code}',
        @arguments );
    die "curl: $error" if $exit;
    my ( $text, $code ) = $out =~ /\A(.*)\n(\d+)\z/s or die "no code: $out\n";
    return ( $code, $text );
}

# Each sample, 'postern_messages_total{result="failed"}' => 0.
sub metric_samples {
    my ($text) = @_;
    return map { /^([^#\s]\S*(?:\{[^}]*\})?) (\S+)$/ ? ( $1 => $2 ) : () } split /\n/, $text;
}

1;
