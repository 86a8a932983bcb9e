# SPDX-License-Identifier: ISC
#
# Postern::Command - runs programs to their end: posternd itself, mail programs, openssl.

package Postern::Command;

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Temp;
use POSIX ();
use Test::More ();

use Postern::Poll qw($patience);

our @EXPORT_OK = qw(posternd run_command exit_of text_of);

# The path of the posternd to test.  Without one there is nothing to test.
sub posternd {
    my $program = $ENV{POSTERND} // ( $ENV{POSTERN_BUILD} // 'build' ) . '/posternd';
    -x $program or Test::More::BAIL_OUT("$program is missing; run make first");
    return abs_path($program);
}

# Returns the exit code, and what was written to standard output and to standard error.
# A first argument that refers to a hash may hold input: what is on standard input.
sub run_command {
    my $given   = ref $_[0] ? shift : {};
    my @command = @_;
    my ( $in, $out, $error ) = map { File::Temp->new } 1 .. 3;
    print {$in} $given->{input} // '';
    $in->flush;
    my $pid = fork() // die "fork: $!\n";
    if ( $pid == 0 ) {
        open( STDIN,  '<',  $in->filename );
        open( STDOUT, '>&', $out );
        open( STDERR, '>&', $error );
        alarm 2 * $patience;
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    waitpid( $pid, 0 );
    return ( exit_of($?), text_of( $out->filename ), text_of( $error->filename ) );
}

# The exit code in a wait status, or "signal 9".
sub exit_of {
    my ($status) = @_;
    return $status & 127 ? 'signal ' . ( $status & 127 ) : $status >> 8;
}

# What is in a file; nothing if it is not there.
sub text_of {
    my ($path) = @_;
    open( my $file, '<:raw', $path ) or return '';
    return do { local $/; <$file> }
      // '';
}

1;
