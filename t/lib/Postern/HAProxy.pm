# SPDX-License-Identifier: ISC
#
# Postern::HAProxy - an HAProxy that passes connections on to listeners of a Postern::Daemon, each
# with a PROXY header.

package Postern::HAProxy;

use strict;
use warnings;
use IO::Socket::INET;
use POSIX ();

use Postern::Command qw(text_of);
use Postern::Packages qw(unpacked obstacle_to with_libraries);
use Postern::Poll qw(poll_until);

my $longest_life = 120;    # seconds

# Why there can be none; '' if there can be one.
sub obstacle { return obstacle_to('haproxy') }

# servers: name => { listener => its name, options => as in "server" of haproxy.cfg }
sub new {
    my ( $class, $daemon, %servers ) = @_;
    my $self = bless {
        root   => unpacked('haproxy'),
        daemon => $daemon,
        ports  => { map { $_ => $daemon->reserve_port } keys %servers },
        owner  => $$,
    }, $class;
    my $config = $daemon->write_file( 'haproxy.cfg', $self->config(%servers) );
    $self->launch( $daemon->path('haproxy.out'), '-db', '-f', $config );
    for my $port ( values %{ $self->{ports} } ) {
        poll_until { IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => $port ) }
        or die "HAProxy does not start\n" . text_of( $daemon->path('haproxy.out') );
    }
    return $self;
}

sub DESTROY {
    my ($self) = @_;
    local ( $?, $@, $! );
    $self->stop if $self->{owner} == $$;
    return;
}

sub port_of {
    my ( $self, $name ) = @_;
    return $self->{ports}{$name};
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill TERM => $pid;
    waitpid( $pid, 0 );
    return;
}

# Without -W it is one process, which the alarm ends if nobody else does.
sub launch {
    my ( $self, $output, @arguments ) = @_;
    my $program = "$self->{root}/usr/sbin/haproxy";
    $self->{pid} = fork() // die "fork: $!\n";
    return if $self->{pid};
    open( STDIN,  '<',  '/dev/null' );
    open( STDOUT, '>',  $output );
    open( STDERR, '>&', \*STDOUT );
    alarm $longest_life;
    with_libraries( $self->{root}, sub { exec $program, @arguments } );
    POSIX::_exit(127);
}

sub config {
    my ( $self, %servers ) = @_;
    my $text = <<'END';
defaults
  mode tcp
  timeout connect 30s
  timeout client 60s
  timeout server 60s
END
    for my $name ( sort keys %servers ) {
        my $place = $self->{daemon}->place_of( $servers{$name}{listener} );
        my $port  = $self->{ports}{$name};
        $text .= <<"END";
listen $name
  bind 127.0.0.1:$port
  option smtpchk EHLO balancer.example
  server $name 127.0.0.1:$place $servers{$name}{options}
END
    }
    return $text;
}

1;
