#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/38-steady-load.t - reloads, upgrades and dying workers under load cost no session that was not
# with a worker that died, and no message.
#
# A few seconds of t/bench/generations, which may go on as long as one likes.

use strict;
use warnings;
use Test::More;

use Postern::Command qw(run_command);

for my $run ( [ 'reloads and kills', 7, 40, 0 ], [ 'reloads and upgrades', 6, 40, 3 ] ) {
    my ( $name, @arguments ) = @$run;
    my ( $exit, $report ) = run_command( 't/bench/generations', @arguments );
    is( $exit, 0, $name ) or diag $report;
    cmp_ok( ( $report =~ /(\d+) messages answered 250/ )[0], '>', 40, "$name: there was a load" );
    note $report;
}

done_testing;
