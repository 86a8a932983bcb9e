#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/47-abuse.t - hundreds of hostile clients of all kinds are got rid of, cost little memory, and
# do not keep a client that behaves from being served.
#
# t/bench/abuse prints the figures of the same.

use strict;
use warnings;
use lib 't/lib';
use Test::More;

use Postern::Abuse;

# With sanitizers memory is another matter, and everything takes longer.
my $is_sanitized = ( $ENV{POSTERN_BUILD} // '' ) =~ /asan/;
my $sessions     = $is_sanitized ? 150 : 500;
my $most_kib     = 64 * 1024;
my $most_ms      = 1000;    # much more than it takes, since the machine may be busy

my $daemon = Postern::Abuse::daemon();
my $abuse  = Postern::Abuse->new( $daemon, $sessions );
my $report = $abuse->run;

note( Postern::Abuse::latency_line( $_, $report->{$_} ) ) for qw(alone attacked);
note( sprintf 'RSS: %d KiB before, %d at most, %d after', @{ $report->{rss} } );

ok( $report->{is_over}, "all of $sessions hostile clients are got rid of" );
is( scalar( grep { $_->[0] > 0 && $_->[1] == 0 } values %{ $report->{kinds} } ),
    0, 'each kind had its turn' );
unlike( $daemon->log, qr/ (?:worker_died|helper_died|accept_paused) /, 'nobody died of it' );
cmp_ok( scalar @{ $report->{attacked} }, '>', 100, 'a client that behaves was served meanwhile' );

SKIP: {
    skip 'the build has sanitizers', 2 if $is_sanitized;
    my ( $before, $most ) = @{ $report->{rss} };
    cmp_ok( $most - $before, '<', $most_kib, 'the worker grew by less than 64 MiB' );
    cmp_ok( Postern::Abuse::percentile( $report->{attacked}, 99 ),
        '<', $most_ms, 'it replied to 99 of 100 commands at once' );
}

is( scalar( $daemon->spool->names_in('tmp') ), 0, 'nothing is left in tmp/' );
is( scalar( $daemon->spool->names_in('new') ), 0, 'nothing has come into the spool' );

done_testing();
