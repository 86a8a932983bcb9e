#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/10-conf.t - posternd -t tells good configurations from bad ones, and says what is bad.
#
# A file in t/conf/bad names all its faults, in order: "# expect: LINE: part of the text", with
# the name of the included file in front if the fault is there, and line 0 for the whole.
# A file in t/conf/good with the line "# needs: files" names certificates or users that do not
# exist here; the unit tests load it.  It names what it is warned of, in order, by lines
# "# warning: part of the text".

use strict;
use warnings;
use Test::More;

my $posternd  = $ENV{POSTERND} // ( $ENV{POSTERN_BUILD} // 'build' ) . '/posternd';
my $ex_config = 78;

sub lines_of {
    my ($path) = @_;
    open( my $file, '<', $path ) or die "$path: $!\n";
    my @lines = <$file>;
    return @lines;
}

# Returns the exit code and what was written to standard error.
sub check {
    my ($path) = @_;
    my $pid = open( my $out, '-|' ) // die "fork: $!\n";
    if ( $pid == 0 ) {
        open( STDERR, '>&', \*STDOUT )  or die "stderr: $!\n";
        open( STDOUT, '>', '/dev/null' ) or die "stdout: $!\n";
        alarm 60;
        exec { $posternd } $posternd, '-t', '-c', $path or die "exec $posternd: $!\n";
    }
    my @messages = <$out>;
    close $out;
    return ( $? & 127 ? "signal " . ( $? & 127 ) : $? >> 8, @messages );
}

# For each fault its place, "t/conf/bad/x.conf:3: ", and a part of the text behind it.
sub expectations_of {
    my ($path) = @_;
    my ($directory) = $path =~ m{^(.*)/};
    my @expected;
    for ( lines_of($path) ) {
        my ( $file, $line, $text ) = /^# expect: (?:([^:]+):)?(\d+): (.*)$/ or next;
        my $place = defined $file ? "$directory/$file" : $path;
        push @expected, [ $line ? "$place:$line: " : "$place: ", $text ];
    }
    return @expected;
}

sub warnings_of {
    my ($path) = @_;
    return map { /^# warning: (.*)$/ ? [ 'posternd: warning: ', $1 ] : () } lines_of($path);
}

sub matches {
    my ( $expected, $messages ) = @_;
    return 0 if @$expected != @$messages;
    for my $i ( 0 .. $#$expected ) {
        my ( $place, $text ) = @{ $expected->[$i] };
        my $at = index( $messages->[$i], $place );
        return 0 if $at < 0 || index( $messages->[$i], $text, $at + length $place ) < 0;
    }
    return 1;
}

-x $posternd or BAIL_OUT("$posternd is missing; run make first");
my @good = grep { !grep { /^# needs: files$/ } lines_of($_) } sort glob 't/conf/good/*.conf';
my @bad  = sort glob 't/conf/bad/*.conf';
plan tests => 2 * @good + 3 * @bad + 2;

ok( @good >= 5,  'there are good files' );
ok( @bad >= 40, 'there are bad files' );

for my $path (@good) {
    my ( $exit, @messages ) = check($path);
    is( $exit, 0, $path ) or diag(@messages);
    my @expected = warnings_of($path);
    ok( matches( \@expected, \@messages ), "$path: all its warnings and no others" )
      or diag( "expected:\n", ( map { "  $$_[1]\n" } @expected ), "got:\n", @messages );
}
for my $path (@bad) {
    my @expected = expectations_of($path);
    my ( $exit, @messages ) = check($path);
    ok( scalar @expected, "$path says what is wrong with it" );
    is( $exit, $ex_config, "$path is refused" );
    ok( matches( \@expected, \@messages ), "$path: all its faults and no others" )
      or diag( "expected:\n", ( map { "  $$_[0]...$$_[1]\n" } @expected ), "got:\n", @messages );
}
