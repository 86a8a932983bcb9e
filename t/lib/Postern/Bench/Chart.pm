# SPDX-License-Identifier: ISC
#
# Postern::Bench::Chart - bars in SVG.

package Postern::Bench::Chart;

use strict;
use warnings;
use Exporter qw(import);
use List::Util qw(max);

our @EXPORT_OK = qw(chart);

my @colours = map { "#$_" } qw(1b6ca8 9aa5b1 c9a227 7a9e7e a3623f d8d8d8);
my ( $left, $width, $bar, $gap ) = ( 200, 640, 13, 14 );    # pixels

# groups: a title, then [ name, value ] for each bar; a value that is not there has none.
sub chart {
    my ( $title, @groups ) = @_;
    my $most = max( 1, map { map { $_->[1] // 0 } @$_[ 1 .. $#$_ ] } @groups );
    my ( $y, $body ) = ( 34, text( 8, 20, $title, 15 ) );
    for my $group (@groups) {
        my ( $name, @bars ) = @$group;
        $body .= text( 8, $y + 11, $name, 12 );
        for my $i ( 0 .. $#bars ) {
            my ( $server, $value ) = @{ $bars[$i] };
            my $length = defined $value ? $value / $most * $width : 0;
            $body .= sprintf qq(<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>\n), $left,
              $y, $length, $bar - 2, $colours[ $i % @colours ];
            $body .= text( $left + $length + 4,
                $y + 10, $server . ' ' . ( defined $value ? sprintf( '%.0f', $value ) : '-' ), 10 );
            $y += $bar;
        }
        $y += $gap;
    }
    my $whole = $left + $width + 150;
    return qq(<svg xmlns="http://www.w3.org/2000/svg" width="$whole" height="$y" )
      . qq(viewBox="0 0 $whole $y" font-family="sans-serif">\n)
      . qq(<rect width="100%" height="100%" fill="white"/>\n${body}</svg>\n);
}

sub text {
    my ( $x, $y, $text, $size ) = @_;
    $text =~ s/([&<>])/'&#' . ord($1) . ';'/ge;
    return sprintf qq(<text x="%.1f" y="%d" font-size="%d">%s</text>\n), $x, $y, $size, $text;
}

1;
