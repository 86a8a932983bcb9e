# SPDX-License-Identifier: ISC
#
# Postern::Exim - an Exim that passes all mail on to a port of this host.
#
# There is no daemon: it takes messages from standard input, and runs its queue when it is told to.

package Postern::Exim;

use strict;
use warnings;
use File::Temp;

use Postern::Command qw(run_command text_of);
use Postern::Packages qw(unpacked obstacle_to with_libraries);

my @packages = qw(exim4-daemon-light libnss-wrapper);
my $user_id  = 1;    # of user and group; any but that of root and nobody will do

# Why there can be no Exim; '' if there can be one.
sub obstacle {
    return 'only root can run Exim' if $> != 0;
    return obstacle_to(@packages);
}

# options: of the transport, each a line.
sub new {
    my ( $class, $port, @options ) = @_;
    my $self = bless {
        root => unpacked(@packages),
        dir  => File::Temp->newdir( 'postern-exim-XXXXXX', TMPDIR => 1 ),
    }, $class;
    chmod 0755, $self->{dir};
    mkdir "$self->{dir}/log";
    chown $user_id, $user_id, "$self->{dir}/log";
    $self->write_file( 'exim.conf', $self->config( $port, @options ) );
    $self->write_users;
    $self->run( '', '-bV' );
    return $self;
}

# Takes what an SMTP client would send.
sub submit {
    my ( $self, $script ) = @_;
    my $replies = $self->run( $script, qw(-bs -odq) );
    my @refused = $replies =~ /^([45].*)/mg;
    die "Exim says: @refused\n" if @refused;
    return;
}

# Tries to deliver all that is in the queue, each message in a session of its own: the next one
# would need an Exim that is setuid root.
sub pass_on {
    my ($self) = @_;
    $self->run( '', '-qff' );
    return;
}

sub queue_length { return shift->run( '', '-bpc' ) + 0 }
sub log          { return text_of( shift->{dir} . '/log/main' ) }

# Its standard output.
sub run {
    my ( $self, $input, @arguments ) = @_;
    local $ENV{NSS_WRAPPER_PASSWD} = "$self->{dir}/passwd";
    local $ENV{NSS_WRAPPER_GROUP}  = "$self->{dir}/group";
    my @command =
      ( "$self->{root}/usr/sbin/exim4", '-C', "$self->{dir}/exim.conf", @arguments );
    my ( $exit, $out, $errors ) = with_libraries(
        $self->{root},
        sub {
            local $ENV{LD_PRELOAD} = 'libnss_wrapper.so';
            return run_command( { input => $input }, @command );
        }
    );
    die "exim @arguments: exit $exit\n$out$errors\n" if $exit ne '0';
    return $out;
}

# It runs as a user whom the package would have made.
sub write_users {
    my ($self) = @_;
    $self->write_file( 'passwd', <<"END" );
root:x:0:0::/:/bin/sh
Debian-exim:x:${user_id}:${user_id}::/:/bin/false
nobody:x:65534:65534::/:/bin/false
END
    $self->write_file( 'group', <<"END" );
root:x:0:
Debian-exim:x:${user_id}:
nogroup:x:65534:
END
    return;
}

sub write_file {
    my ( $self, $name, $text ) = @_;
    open( my $file, '>:raw', "$self->{dir}/$name" ) or die "$name: $!\n";
    print {$file} $text;
    close $file or die "$name: $!\n";
    return;
}

sub config {
    my ( $self, $port, @options ) = @_;
    my $options = join "\n  ", @options;
    return <<"END";
keep_environment = LD_LIBRARY_PATH : LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
exim_path = $self->{root}/usr/sbin/exim4
spool_directory = $self->{dir}/spool
log_file_path = $self->{dir}/log/%s
primary_hostname = relay.example
log_selector = +pipelining
smtp_enforce_sync = false
dsn_advertise_hosts = *
acl_smtp_rcpt = all
acl_smtp_data = all
begin acl
all:
  accept
begin routers
onward:
  driver = manualroute
  route_list = * 127.0.0.1 byname
  self = send
  transport = out
begin transports
out:
  driver = smtp
  port = $port
  allow_localhost
  multi_domain
  connection_max_messages = 1
  $options
begin retry
* * F,1h,1s
END
}

1;
