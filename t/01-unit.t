#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/01-unit.t - runs the unit tests, each group in a process of its own.
#
# So a crash costs one group, and no group leans on what another has left behind.

use strict;
use warnings;
use Test::More;

my $program = ( $ENV{POSTERN_BUILD} // 'build' ) . '/t/unit';
my $longest = 300;    # seconds that one group may take; a hanging test must not hang the run

# Returns the output, standard error included, and how the process ended.
sub output_of {
    my @command = @_;
    my $pid     = open( my $out, '-|' ) // die "fork: $!\n";
    if ( $pid == 0 ) {
        open( STDERR, '>&', \*STDOUT ) or die "stderr: $!\n";
        alarm $longest;
        exec { $command[0] } @command or die "exec $command[0]: $!\n";
    }
    my $text = do { local $/; <$out> } // '';
    close $out;
    return ( $text, $? );
}

sub ending {
    my ($status) = @_;
    return "killed by signal " . ( $status & 127 ) if $status & 127;
    return "exit status " . ( $status >> 8 );
}

-x $program or BAIL_OUT("$program is missing; run this by: make check-unit");
my ( $listed, $status ) = output_of( $program, '-lg' );
my @groups = sort split ' ', $listed;
BAIL_OUT( "$program -lg: " . ending($status) . "\n$listed" ) if $status != 0 || !@groups;

plan tests => scalar @groups;
for my $group (@groups) {
    my ( $text, $ended ) = output_of( $program, '-v', '-sg', $group );
    my ($count) = $text =~ /^OK \(\d+ tests, (\d+) ran/m;
    my $passed = $ended == 0 && $count;
    ok( $passed, $group . ( $count ? " ($count tests)" : '' ) );
    diag( "$text\n" . ending($ended) ) if !$passed;
}
