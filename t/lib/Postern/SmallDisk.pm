# SPDX-License-Identifier: ISC
#
# Postern::SmallDisk - a file system that a test may fill, which nobody else sees, and which is gone
# when the test is, whatever happens.
#
#     my $can_mount = Postern::SmallDisk->enter;    # before anything else
#     my $disk = Postern::SmallDisk->mount( $folder, 'size=1m' );
#     $disk->unmount;

package Postern::SmallDisk;

use strict;
use warnings;

use Postern::Command qw(run_command);

my $marker = 'POSTERN_TEST_SMALL_DISK';

# Starts the test again within a mount namespace of its own, if that can be; then it is true.
sub enter {
    return 1 if $ENV{$marker};
    return 0 if $> != 0;
    my ($exit) =
      run_command( 'unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt && umount /mnt' );
    return 0 if $exit;
    local $ENV{$marker} = 1;
    exec 'unshare', '-m', $^X, ( map { "-I$_" } @INC ), $0 or die "unshare: $!\n";
}

# With the options of mount(8) for a tmpfs.
sub mount {
    my ( $class, $folder, $options ) = @_;
    mkdir $folder or die "$folder: $!\n";
    my ( $exit, undef, $errors ) =
      run_command( 'mount', '-t', 'tmpfs', '-o', $options, 'postern-test', $folder );
    die "mount: $errors\n" if $exit;
    return bless { folder => $folder }, $class;
}

sub unmount {
    my ($self) = @_;
    run_command( 'umount', $self->{folder} );
    return;
}

1;
