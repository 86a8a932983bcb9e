# SPDX-License-Identifier: ISC
#
# Postern::Bench::Text - the messages that the load generator sends (t/bench/message_text.cpp), made
# once more, with the line ends that a spool has.

package Postern::Bench::Text;

use strict;
use warnings;

my @alphabet   = ( 'a' .. 'z', 'A' .. 'Z', 0 .. 9 );
my $line_size  = 72;
my $beginnings = 997;

# size: octets of a message on the wire
sub new {
    my ( $class, $size ) = @_;
    my $lines = '';
    for ( my $i = 0 ; length $lines < $size + $beginnings * $line_size ; $i++ ) {
        $lines .= sprintf "%08d %s\r\n", $i,
          join( '', map { $alphabet[ ( $i + $_ ) % @alphabet ] } 0 .. $line_size - 12 );
    }
    return bless { size => $size, lines => $lines }, $class;
}

# The message of this name, which ends in its number.
sub message {
    my ( $self, $name ) = @_;
    my ($number) = $name =~ /\.(\d+)$/ or die "no name of a message: $name\n";
    my $text =
        "From: <sender\@bench.example>\r\nTo: <recipient\@bench.example>\r\n"
      . "Date: Tue, 1 Dec 2026 00:00:00 +0000\r\nSubject: $name\r\n"
      . "Message-ID: <$name\@bench.example>\r\n\r\n";
    my $least = length($text) + $line_size;
    my $rest = ( $self->{size} > $least ? $self->{size} : $least ) - length($text) - 2;
    $text .= substr $self->{lines}, $number % $beginnings * $line_size, $rest;
    $text =~ s/\r\z/./;
    $text =~ s/\r\n\z/../;
    return ( $text . "\r\n" ) =~ s/\r\n/\n/gr;
}

1;
