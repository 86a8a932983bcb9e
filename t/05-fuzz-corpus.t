#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/05-fuzz-corpus.t - every input that the fuzzers have taught us, once, without a fuzzer.

use strict;
use warnings;
use Test::More;

my $build   = $ENV{POSTERN_BUILD} // 'build';
my @targets = map { m{([^/]+)_fuzz\.cpp$} } sort glob 't/fuzz/*_fuzz.cpp';
my @corpora = map { m{([^/]+)$} } grep { -d } sort glob 't/fuzz/corpus/*';

plan tests => @targets + 1;
is( "@corpora", "@targets", 'every target has a corpus, and every corpus a target' );

for my $target (@targets) {
    my $corpus = "t/fuzz/corpus/$target";
    my $inputs = grep { -f } glob "$corpus/*";
    my $output = qx{$build/t/fuzz/$target $corpus 2>&1} // "cannot run $build/t/fuzz/$target: $!";
    my $passed = $? == 0 && $inputs > 0;
    ok( $passed, "$target ($inputs inputs)" );
    next if $passed;
    my @lines = split /\n/, $output;
    my $from  = @lines > 60 ? @lines - 60 : 0;
    diag( join "\n", @lines[ $from .. $#lines ] );
    diag( $inputs == 0 ? "$corpus holds no inputs" : "wait status $?" );
}
