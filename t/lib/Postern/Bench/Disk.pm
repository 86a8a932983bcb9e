# SPDX-License-Identifier: ISC
#
# Postern::Bench::Disk - the file system that all servers are measured on.
#
# Either a folder that is given, or ext4 with its journal in a file behind a loop device, made anew
# for each measurement so that all find the same.  Between the two there may be a FUSE program,
# t/bench/disk.cpp, that makes each flush take longer.  For root, in a mount namespace of its own.

package Postern::Bench::Disk;

use strict;
use warnings;
use File::Path qw(make_path remove_tree);
use POSIX qw(WNOHANG);
use Scalar::Util qw(weaken);

use Postern::Command qw(run_command text_of);
use Postern::Poll qw(poll_until);

my %mounted;

END {
    my $status = $?;
    $_->close for grep { defined && $_->{owner} == $$ } values %mounted;
    $? = $status;
}

# folder: of the caller; or else
# work:   folder for the image and what is mounted
# mib:    size of the image
# disk:   command that presents a file system with a file named "disk", the mount point being added
#         to it; none: the image is used as it is
sub new {
    my ( $class, %options ) = @_;
    my $self = bless { %options, owner => $$ }, $class;
    weaken( $mounted{$self} = $self );
    return $self if $self->{folder};
    make_path( map { "$self->{work}/$_" } qw(ext4 fuse) );
    $self->{image} = "$self->{work}/disk.img";
    $self->make_image;
    $self->{file} = $self->{image};
    $self->start_program if $self->{disk};
    return $self;
}

# Written once, so that its blocks are there and the file system below has none to find.
sub make_image {
    my ($self) = @_;
    my $size = $self->{mib} * 1024 * 1024;
    return if ( -s $self->{image} // 0 ) == $size;
    unlink $self->{image};
    system( 'dd', 'if=/dev/zero', "of=$self->{image}", 'bs=1M', "count=$self->{mib}",
        'conv=fsync', 'status=none' ) == 0
      or die "$self->{image} cannot be written\n";
    return;
}

sub start_program {
    my ($self) = @_;
    my $place = "$self->{work}/fuse";
    $self->{program} = fork() // die "fork: $!\n";
    if ( $self->{program} == 0 ) {
        open( STDIN, '<', '/dev/null' );
        exec @{ $self->{disk} }, $place or POSIX::_exit(127);
    }
    $self->{file} = "$place/disk";
    poll_until { -e $self->{file} || waitpid( $self->{program}, WNOHANG ) != 0 };
    -e $self->{file} or die "@{ $self->{disk} } does not start\n";
    return;
}

# An empty folder.
sub fresh {
    my ($self) = @_;
    if ( $self->{folder} ) {
        remove_tree("$self->{folder}/bench");
        make_path("$self->{folder}/bench");
        return "$self->{folder}/bench";
    }
    $self->unmount;
    my $quick = 'nodiscard,lazy_itable_init=1,lazy_journal_init=1';
    must_run( qw(mkfs.ext4 -q -F -i 8192 -E), $quick, $self->{file} );
    $self->mount;
    mkdir $self->path('bench');
    return $self->path('bench');
}

# The loop device keeps nothing in memory of its own where it can do without.
sub mount {
    my ($self) = @_;
    my $place = "$self->{work}/ext4";
    my $options = 'loop,noatime,noinit_itable';
    must_run( qw(mount -t ext4 -o), $options, $self->{file}, $place );
    $self->{is_mounted} = 1;
    my ( undef, $device ) = run_command( qw(findmnt -n -o SOURCE), $place );
    chomp $device;
    run_command( 'losetup', '--direct-io=on', $device );
    return;
}

sub unmount {
    my ($self) = @_;
    return if !delete $self->{is_mounted};
    remove_tree( $self->path('bench') );    # or else what nobody wants would be written
    poll_until { ( run_command( 'umount', "$self->{work}/ext4" ) )[0] eq '0' } 20
      or die "$self->{work}/ext4 is in use\n";
    return;
}

sub path {
    my ( $self, $name ) = @_;
    return ( $self->{folder} // "$self->{work}/ext4" ) . "/$name";
}

# Messages of a size that may be on it at once.
sub room_for {
    my ( $self, $size ) = @_;
    my ( undef, $text ) = run_command( 'df', '--output=avail,iavail', '-k', $self->path('bench') );
    my ( $kib, $inodes ) = $text =~ /(\d+)\s+(\d+)\s*\z/ or die "df says: $text\n";
    my $by_size   = 0.6 * $kib * 1024 / ( $size + 4096 );
    my $by_inodes = 0.9 * $inodes;
    return int( $by_size < $by_inodes ? $by_size : $by_inodes );
}

sub close {
    my ($self) = @_;
    delete $mounted{$self};
    if ( $self->{folder} ) {
        remove_tree("$self->{folder}/bench");
        return;
    }
    eval { $self->unmount; 1 } or warn $@;
    my $program = delete $self->{program} or return;
    run_command( 'umount', "$self->{work}/fuse" );
    poll_until { waitpid( $program, WNOHANG ) != 0 } 10
      or kill( KILL => $program ) && waitpid( $program, 0 );
    return;
}

sub must_run {
    my @command = @_;
    my ( $exit, $out, $errors ) = run_command(@command);
    die "@command: exit $exit\n$out$errors" if $exit ne '0';
    return;
}

1;
