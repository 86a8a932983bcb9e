# SPDX-License-Identifier: ISC
#
# Postern::Site - all that a posternd needs: a directory with certificate, users, configuration
# and spool, and free ports.
#
# Sites know nothing of each other, so tests may run side by side.  The directory goes with the
# object.

package Postern::Site;

use strict;
use warnings;
use File::Temp;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_REUSEADDR);

use Postern::Command qw(run_command);
use Postern::Config qw(quoted unquoted listener_named config_text);
use Postern::Poll qw(poll_until);
use Postern::Spool;

# settings:  path => libconfig text, over those of every test (see standard_settings)
# listeners: names of standard ones (see Postern::Config) or hashes of libconfig text; a hash
#            with on_path gets a Unix-domain socket.  Default: submission and submissions.
# users:     name => password; default: alice has "secret"
sub new {
    my ( $class, %options ) = @_;
    my $self = bless {
        dir       => File::Temp->newdir( 'postern-XXXXXX', TMPDIR => 1 ),
        settings  => $options{settings} // {},
        listeners =>
          [ map { listener_named($_) } @{ $options{listeners} // [qw(submission submissions)] } ],
        places => {},
    }, $class;
    $self->make_certificate( 'cert', qw(localhost 127.0.0.1) );
    $self->write_users( %{ $options{users} // { alice => 'secret' } } );
    $self->choose_places;
    $self->write_config;
    return $self;
}

sub path {
    my ( $self, $name ) = @_;
    return "$self->{dir}/$name";
}

sub certificate { return shift->path('cert.pem') }
sub config      { return shift->path('postern.conf') }
sub spool       { return Postern::Spool->new( shift->path('spool') ) }

# All at once: a daemon may be reading it.
sub write_file {
    my ( $self, $name, $text ) = @_;
    my $path = $self->path($name);
    open( my $file, '>:raw', "$path.part" ) or die "$name: $!\n";
    print {$file} $text;
    close $file or die "$name: $!\n";
    rename "$path.part", $path or die "$name: $!\n";
    return $path;
}

# A self-signed P-256 certificate for these names, in NAME.pem and NAME-key.pem.
sub make_certificate {
    my ( $self, $file, @names ) = @_;
    my $names = join ',', map { /^[\d.]+$/ ? "IP:$_" : "DNS:$_" } @names;
    my ( $exit, undef, $errors ) = run_command(
        qw(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30),
        '-subj',   "/CN=$names[0]", '-addext', "subjectAltName=$names",
        '-keyout', $self->path("$file-key.pem"),
        '-out',    $self->path("$file.pem")
    );
    die "openssl made no certificate: $errors\n" if $exit;
    return;
}

# Hashes that take no time: nobody wants to break into a test.
sub write_users {
    my ( $self, %users ) = @_;
    my $salt = '$6$rounds=1000$tests$';
    $self->write_file( 'users', join '',
        map { "$_:" . crypt( $users{$_}, $salt ) . "\n" } sort keys %users );
    return;
}

# A free port.  It stays bound, though nobody listens on it, so that neither another test nor an
# outgoing connection gets it; with SO_REUSEADDR a server can bind it all the same.
sub reserve_port {
    my ($self) = @_;
    my $socket = IO::Socket::INET->new( LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp' )
      or die "no free port: $!\n";
    setsockopt( $socket, SOL_SOCKET, SO_REUSEADDR, 1 );
    push @{ $self->{reserved} }, $socket;
    return $socket->sockport;
}

# Where each listener is: a port, or a path.
sub choose_places {
    my ($self) = @_;
    $self->choose_place($_) for @{ $self->{listeners} };
    return;
}

sub choose_place {
    my ( $self, $listener ) = @_;
    my $name = unquoted( $listener->{name} );
    $self->{places}{$name} = $listener->{on_path} ? $self->path("$name.sock") : $self->reserve_port;
    return;
}

sub standard_settings {
    my ($self) = @_;
    return (
        hostname             => '"mail.example.org"',
        user                 => '"nobody"',
        pid_file             => '""',
        domains              => '[ "example.org" ]',
        clients              => '[ "127.0.0.1" ]',
        'spool.path'         => quoted( $self->path('spool') ),
        'spool.min_free'     => '"1 MiB"',
        'tls.certificate'    => quoted( $self->certificate ),
        'tls.key'            => quoted( $self->path('cert-key.pem') ),
        'auth.users'         => quoted( $self->path('users') ),
        'auth.failure_delay' => '"0 s"',
        'log.target'         => '"stderr"',
        engine_settings(),
    );
}

# POSTERN_SPOOL_ENGINE runs any test with that engine.
sub engine_settings {
    my $engine = $ENV{POSTERN_SPOOL_ENGINE};
    return (
        'spool.journal.size' => '"8 MiB"',
        $engine ? ( 'spool.engine' => quoted($engine) ) : ()
    );
}

sub has_journal {
    my ($self) = @_;
    my %settings = ( $self->standard_settings, %{ $self->{settings} } );
    return ( $settings{'spool.engine'} // '"journal"' ) eq '"journal"';
}

# With a journal a message is answered 250 a moment before it is in new/; then this waits for it, or
# for whoever has taken it.  A test in which it cannot come sets is_spool_stuck.
sub wait_for_file_of {
    my ( $self, $line ) = @_;
    my ($id) = $line =~ /^250[ -].*Queued as (\S+)$/;
    return if !$id || $self->{is_spool_stuck} || !$self->has_journal;
    my %settings = ( $self->standard_settings, %{ $self->{settings} } );
    my $spool = unquoted( $settings{'spool.path'} );
    poll_until { glob "$spool/{new,cur}/*.$id.*" } 1;
    return;
}

# Writes the configuration as it is wanted now.
sub write_config {
    my ($self)    = @_;
    my %settings  = ( $self->standard_settings, %{ $self->{settings} } );
    my @listeners = map { $self->placed($_) } @{ $self->{listeners} };
    $self->write_file( 'postern.conf', config_text( \%settings, \@listeners ) );
    return;
}

# A listener with its place, as the configuration wants it.
sub placed {
    my ( $self, $listener ) = @_;
    my %placed = %$listener;
    my $place  = $self->place_of( unquoted( $placed{name} ) );
    return { %placed, path => quoted($place) } if delete $placed{on_path};
    my @address = $placed{interface} ? () : ( address => '"127.0.0.1"' );
    return { @address, port => $place, %placed };
}

# Changes settings; undef takes one back.
sub set {
    my ( $self, %settings ) = @_;
    my %all = ( %{ $self->{settings} }, %settings );
    $self->{settings} = { map { $_ => $all{$_} } grep { defined $all{$_} } keys %all };
    $self->write_config;
    return;
}

# Changes what a listener is; undef takes a part of it back.
sub set_listener {
    my ( $self, $name, %parts ) = @_;
    my $listener = $self->listener_of($name);
    %$listener = ( %$listener, %parts );
    delete @$listener{ grep { !defined $parts{$_} } keys %parts };
    $self->write_config;
    return;
}

sub add_listener {
    my ( $self, $listener ) = @_;
    push @{ $self->{listeners} }, listener_named($listener);
    $self->choose_place( $self->{listeners}[-1] );
    $self->write_config;
    return;
}

sub remove_listener {
    my ( $self, $name ) = @_;
    $self->{listeners} = [ grep { unquoted( $_->{name} ) ne $name } @{ $self->{listeners} } ];
    $self->write_config;
    return;
}

sub listener_of {
    my ( $self, $name ) = @_;
    my ($listener) = grep { unquoted( $_->{name} ) eq $name } @{ $self->{listeners} };
    return $listener // die "no listener $name\n";
}

sub place_of {
    my ( $self, $name ) = @_;
    return $self->{places}{$name} // die "no listener $name\n";
}

sub is_implicit {
    my ( $self, $name ) = @_;
    return ( $self->listener_of($name)->{tls} // '' ) eq '"implicit"';
}

1;
