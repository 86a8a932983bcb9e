# SPDX-License-Identifier: ISC
#
# Postern::Process - what /proc says of processes.

package Postern::Process;

use strict;
use warnings;
use Exporter qw(import);
use POSIX ();

use Postern::Command qw(text_of);

our @EXPORT_OK = qw(is_running any_running children_of descendants_of cpu_seconds_of open_files_of);

# The fields of /proc/PID/stat from the third on, the state; nothing if there is no such process.
sub stat_of {
    my ($pid) = @_;
    return split ' ', text_of("/proc/$pid/stat") =~ s/^.*\)//sr;
}

# A zombie does not run.
sub is_running {
    my ($pid)   = @_;
    my ($state) = stat_of($pid);
    return defined $state && $state ne 'Z' && $state ne 'X';
}

sub any_running {
    return scalar grep { is_running($_) } @_;
}

sub children_of {
    my ($parent) = @_;
    my @children;
    for my $pid ( map { m{^/proc/(\d+)$} ? $1 : () } glob '/proc/[0-9]*' ) {
        my ( undef, $parent_of_it ) = stat_of($pid);
        push @children, $pid if defined $parent_of_it && $parent_of_it == $parent;
    }
    return @children;
}

sub descendants_of {
    my ($pid) = @_;
    my @children = children_of($pid);
    return ( @children, map { descendants_of($_) } @children );
}

# The time a process has used, in user and system mode.
sub cpu_seconds_of {
    my ($pid) = @_;
    my ( $user, $system ) = ( stat_of($pid) )[ 11, 12 ];
    return ( $user + $system ) / POSIX::sysconf(POSIX::_SC_CLK_TCK);
}

sub open_files_of {
    my ($pid) = @_;
    my @files = glob "/proc/$pid/fd/*";
    return scalar @files;
}

1;
