# SPDX-License-Identifier: ISC
#
# Postern::Packages - programs of Debian packages, without installing them.
#
# A test wants to run mail servers of which a system can have only one, and should not have to have
# any.  So their packages, and what is missing of what these depend on, are fetched by apt-get and
# unpacked in build/peers.  Nothing of the system is changed, and nobody has to be root.

package Postern::Packages;

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use Fcntl qw(LOCK_EX);
use File::Path qw(make_path remove_tree);

use Postern::Command qw(run_command);

our @EXPORT_OK = qw(unpacked obstacle_to with_libraries library_folders);

my $store   = 'build/peers';
my $failure = '';
my @quick   = qw(Acquire::Retries=0 Acquire::http::Timeout=10 Acquire::https::Timeout=10);

# The directory into which the packages are unpacked: usr/sbin and so on are there.  Dies with the
# reason if they cannot be had.
sub unpacked {
    my @names = @_;
    my $dir   = directory_of(@names);
    make_path($store);
    open( my $lock, '>', "$dir.lock" ) or die "$dir.lock: $!\n";
    flock( $lock, LOCK_EX ) or die "$dir.lock: $!\n";
    if ( !-d $dir ) {
        unpack_into( $dir, fetched(@names) );
        remove_tree( archives_of(@names) );
    }
    return abs_path($dir);
}

# Why they cannot be had; '' if they can.  After a failure nothing is tried any more.
sub obstacle_to {
    my @names = @_;
    $failure = eval { unpacked(@names); '' } // $@ =~ s/\n\z//r if !$failure;
    return $failure;
}

# Runs code so that programs find the libraries in such a directory.
sub with_libraries {
    my ( $dir, $code ) = @_;
    local $ENV{LD_LIBRARY_PATH} = join ':', library_folders($dir);
    return $code->();
}

sub library_folders {
    my ($dir) = @_;
    return grep { -d } glob "$dir/usr/lib/* $dir/lib/*";
}

# ---- Fetching

# The files of the packages.  The lists that the system has may be missing, or so old that what
# they name is gone.
sub fetched {
    my @names = @_;
    -x '/usr/bin/apt-get' && -x '/usr/bin/dpkg' or die "there is no apt-get\n";
    my $lists = abs_path($store) . '/lists';
    my @own   = ("Dir::State::lists=$lists");
    my $files = download( [], @names );
    return $files if $files;
    make_path("$lists/partial");
    return apt_get( \@own, 'update' ) && download( \@own, @names )
      || die "apt-get cannot fetch @names\n";
}

# Who wants more beside a package has it for itself.
sub directory_of { return "$store/" . join '+', @_ }
sub archives_of  { return directory_of(@_) . '.archives' }

sub download {
    my ( $options, @names ) = @_;
    my $archives = archives_of(@names);
    remove_tree($archives);
    make_path("$archives/partial");
    my $dir = abs_path($archives);
    return if !apt_get(
        [ "Dir::Cache::archives=$dir", @$options ],
        qw(install --yes --no-install-recommends --reinstall --download-only), @names
    );
    my @files = glob "$archives/*.deb";
    return @files ? \@files : undef;
}

# Whether it went well.
sub apt_get {
    my ( $options, @arguments ) = @_;
    local $ENV{LC_ALL} = 'C';
    my ($exit) = run_command(
        'apt-get',
        ( map { ( '-o', $_ ) } 'Debug::NoLocking=true', 'APT::Sandbox::User=root',
            @quick, @$options ),
        @arguments
    );
    return $exit eq '0';
}

# The directory appears when all is in it.  Nothing in it is setuid, as the packages want it.
sub unpack_into {
    my ( $dir, $files ) = @_;
    remove_tree("$dir.part");
    for my $file (@$files) {
        my ( $exit, undef, $errors ) = run_command( 'dpkg', '-x', $file, "$dir.part" );
        die "dpkg -x $file: $errors\n" if $exit ne '0';
    }
    run_command( qw(chmod -R ug-s), "$dir.part" );
    rename "$dir.part", $dir or die "$dir: $!\n";
    return;
}

1;
