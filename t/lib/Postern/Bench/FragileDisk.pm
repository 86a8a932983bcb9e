# SPDX-License-Identifier: ISC
#
# Postern::Bench::FragileDisk - ext4 on a disk whose power can be cut (t/bench/disk.cpp).
#
# For root, in a mount namespace of its own.

package Postern::Bench::FragileDisk;

use strict;
use warnings;
use File::Path qw(make_path);
use POSIX qw(WNOHANG);

use Postern::Command qw(run_command);
use Postern::Poll qw(poll_until);

my %used;    # to the end, whatever else goes: its program cannot end while what is on it is mounted

END {
    my $status = $?;
    $_->take_out for grep { defined && $_->{owner} == $$ } values %used;
    $? = $status;
}

# program: t/bench/disk, built
# work:    folder for all of it
# mib:     its size
# delay:   of each flush; the longer, the more often a cut falls into one
sub new {
    my ( $class, %options ) = @_;
    my $self = bless { %options, owner => $$ }, $class;
    make_path( map { "$self->{work}/$_" } qw(ext4 fuse) );
    $self->{$_} = "$self->{work}/$_.img" for qw(current stable);
    unlink $self->{stable};
    must_run( 'truncate', '-s', "$self->{mib}M", $self->{stable} );
    must_run( qw(mkfs.ext4 -q -F), $self->{stable} );
    $used{$self} = $self;
    return $self;
}

sub path {
    my ( $self, $name ) = @_;
    return "$self->{work}/ext4/$name";
}

# Switches it on, with what it has kept.
sub put_in {
    my ( $self, $seed ) = @_;
    must_run( qw(cp --sparse=always), @$self{qw(stable current)} );
    my $place = "$self->{work}/fuse";
    $self->{pid} = fork() // die "fork: $!\n";
    if ( $self->{pid} == 0 ) {
        open( STDIN, '<', '/dev/null' );
        exec $self->{program}, '--stable', $self->{stable}, '--seed', $seed, '--flush-delay',
          $self->{delay}, $self->{current}, $place
          or POSIX::_exit(127);
    }
    poll_until { -e "$place/disk" } or die "$self->{program} does not start\n";
    my $options = 'loop,commit=1';    # names come to the disk long before contents do
    must_run( qw(mount -t ext4 -o), $options, "$place/disk", "$self->{work}/ext4" );
    $self->{is_mounted} = 1;
    my ( undef, $device ) = run_command( qw(findmnt -n -o SOURCE), "$self->{work}/ext4" );
    chomp $device;
    run_command( 'losetup', '--direct-io=on', $device );
    return;
}

# From now on nothing can be read or written.
sub cut {
    my ($self) = @_;
    open( my $control, '>', "$self->{work}/fuse/control" ) or die "control: $!\n";
    syswrite( $control, "cut\n" );
    close $control;
    return;
}

# What was only in memory is gone then, at the latest.
sub take_out {
    my ($self) = @_;
    if ( delete $self->{is_mounted} ) {
        poll_until { ( run_command( 'umount', "$self->{work}/ext4" ) )[0] eq '0' } 20
          or die "$self->{work}/ext4 is in use\n";
    }
    my $pid = delete $self->{pid} or return;
    poll_until { ( run_command( 'umount', "$self->{work}/fuse" ) )[0] eq '0' } 20;
    poll_until { waitpid( $pid, WNOHANG ) != 0 } 10
      or kill( KILL => $pid ) && waitpid( $pid, 0 );
    return;
}

# As a system does that starts again.  Returns what e2fsck had to correct, '' if nothing.  Counts of
# what is free are never right after a crash, and nobody relies on them.
sub repair {
    my ($self) = @_;
    my ( $exit, $out, $errors ) = run_command( qw(e2fsck -f -y), $self->{stable} );
    die "e2fsck could not repair it:\n$out$errors" if $exit !~ /^[012]$/;
    $out =~ s/^Free (?:blocks|inodes) count wrong.*\nFix\? yes\n//mg;
    return $out =~ /\? yes/ ? $out : '';
}

sub must_run {
    my @command = @_;
    my ( $exit, $out, $errors ) = run_command(@command);
    die "@command: exit $exit\n$out$errors" if $exit ne '0';
    return;
}

1;
