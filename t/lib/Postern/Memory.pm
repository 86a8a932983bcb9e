# SPDX-License-Identifier: ISC
#
# Postern::Memory - what lies in the memory of a process; for root.

package Postern::Memory;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(has_in_memory);

# Whether these octets are anywhere in what the process can read.
sub has_in_memory {
    my ( $pid, $octets ) = @_;
    open( my $maps, '<', "/proc/$pid/maps" ) or die "maps of $pid: $!\n";
    open( my $memory, '<:raw', "/proc/$pid/mem" ) or die "memory of $pid: $!\n";
    while ( my $line = <$maps> ) {
        my ( $begin, $end ) = map { address($_) } $line =~ /^([0-9a-f]+)-([0-9a-f]+) r/ or next;
        next if $line =~ /\[(?:vvar|vvar_vclock|vsyscall)\]/;    # cannot be read from outside
        sysseek( $memory, $begin, 0 ) or die "memory of $pid: $!\n";
        my $size = $end - $begin;
        my $text = '';
        while ( length $text < $size ) {
            my $got = sysread( $memory, $text, $size - length $text, length $text );
            die "memory of $pid at $line: $!\n" if !defined $got;
            last if !$got;
        }
        return 1 if index( $text, $octets ) >= 0;
    }
    return 0;
}

sub address {
    my ($text) = @_;
    no warnings 'portable';    # more than 32 bits
    return hex $text;
}

1;
