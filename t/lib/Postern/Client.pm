# SPDX-License-Identifier: ISC
#
# Postern::Client - an SMTP client that sends whatever octets it is told to.

package Postern::Client;

use strict;
use warnings;
use Errno qw(EAGAIN EINTR);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::SSL;
use IO::Socket::UNIX;
use MIME::Base64 qw(encode_base64);
use Net::SSLeay;
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time);

use Postern::Poll qw($patience);

$SIG{PIPE} = 'IGNORE';    ## no critic: that the server has closed is seen by what write returns

# To a listener of a Postern::Daemon.  TLS, where it comes first, is up afterwards; no reply has
# been read.  Dies if there is no connection.
sub new {
    my ( $class, $daemon, $listener, %ssl ) = @_;
    my $socket = connected_to( $daemon->place_of($listener) )
      or die "cannot connect to $listener: $!\n";
    my $self = $class->on_socket( $daemon, $socket );
    $self->start_tls(%ssl) if $daemon->is_implicit($listener);
    return $self;
}

# The same, past greeting and EHLO.
sub session {
    my ( $class, @where ) = @_;
    my $self = $class->new(@where);
    $self->{greeting} = $self->must(220);
    $self->must( 250, 'EHLO client.example' );
    return $self;
}

sub greeting { return shift->{greeting} }

# On a socket that is connected to a Postern::Daemon.
sub on_socket {
    my ( $class, $daemon, $socket ) = @_;
    $socket->blocking(0);
    return bless { daemon => $daemon, socket => $socket, input => '', is_at_end => 0 }, $class;
}

sub connected_to {
    my ($place) = @_;
    return IO::Socket::UNIX->new( Peer => $place ) if $place =~ m{^/};
    return IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => $place,
        Timeout => $patience );
}

# The handshake.  The certificate must be good for localhost, unless ssl says otherwise.
sub start_tls {
    my ( $self, %ssl ) = @_;
    my $socket = $self->{socket};
    $socket->blocking(1);
    my $started = IO::Socket::SSL->start_SSL(
        $socket,
        SSL_ca_file       => $self->{daemon}->certificate,
        SSL_hostname      => 'localhost',
        SSL_verifycn_name => 'localhost',
        Timeout           => $patience,
        %ssl
    );
    die "TLS handshake: $SSL_ERROR\n" if !$started;
    $socket->blocking(0);
    return;
}

# Sends octets, all of them or until the server is gone; replies are read meanwhile.
sub send {
    my ( $self, $octets ) = @_;
    my $deadline = time + $patience;
    while ( length $octets ) {
        my $sent = $self->{socket}->syswrite($octets);
        if    ( defined $sent )           { substr( $octets, 0, $sent, '' ) }
        elsif ( !$self->is_only_blocked ) { return }
        elsif ( time > $deadline )        { $self->give_up('the server does not read') }
        elsif ( !$self->fill )            { $self->wait_until_ready }
    }
    return;
}

sub give_up {
    my ( $self, $why ) = @_;
    my @log = split /^/, $self->{daemon}->log;
    die "$why; it has logged:\n", @log > 20 ? @log[ -20 .. -1 ] : @log;
}

sub wait_until_ready {
    my ($self) = @_;
    my $select = IO::Select->new( $self->{socket} );
    IO::Select->select( $select, $select, undef, 0.2 );
    return;
}

# Lines, each with a CRLF behind it, in one piece.
sub send_lines {
    my ( $self, @lines ) = @_;
    return $self->send( join '', map { "$_\r\n" } @lines );
}

sub is_only_blocked {
    my ($self) = @_;
    return $! == EAGAIN || $! == EINTR if !$self->is_tls;
    return $SSL_ERROR == SSL_WANT_READ || $SSL_ERROR == SSL_WANT_WRITE;
}

sub is_tls {
    my ($self) = @_;
    return $self->{socket}->isa('IO::Socket::SSL');
}

# Reads what is there; true if that was anything.
sub fill {
    my ($self) = @_;
    return 0 if $self->{is_at_end};
    my $read = $self->{socket}->sysread( my $octets, 65536 );
    $self->{input} .= $octets if $read;
    $self->{is_at_end} = 1 if defined $read ? !$read : !$self->is_only_blocked;
    return $read;
}

# Waits for more input; false at the end of the stream.  Dies if nothing comes for long.
sub fill_or_wait {
    my ( $self, $deadline ) = @_;
    my $select = IO::Select->new( $self->{socket} );
    until ( $self->fill ) {
        return 0 if $self->{is_at_end};
        $self->give_up('the server says nothing') if time > $deadline;
        $select->can_read(0.2);
    }
    return 1;
}

# One line without its CRLF; undef at the end of the stream.
sub read_line {
    my ($self) = @_;
    my $deadline = time + $patience;
    while ( index( $self->{input}, "\r\n" ) < 0 ) {
        return if !$self->fill_or_wait($deadline);
    }
    $self->{input} =~ s/\A(.*?)\r\n//s;
    my $line = $1;
    $self->{daemon}->wait_for_file_of($line);
    return $line;
}

# A whole reply, its lines joined by LF; '' if the server has closed.
sub reply {
    my ($self) = @_;
    my @lines;
    while ( defined( my $line = $self->read_line ) ) {
        push @lines, $line;
        last if $line !~ /^\d{3}-/;
    }
    return join "\n", @lines;
}

sub command {
    my ( $self, $line ) = @_;
    $self->send_lines($line);
    return $self->reply;
}

# Everything that comes until the server closes.
sub rest {
    my ($self) = @_;
    my $deadline = time + $patience;
    1 while $self->fill_or_wait($deadline);
    return $self->{input};
}

# Dies unless the reply begins with code.
sub must {
    my ( $self, $code, $line ) = @_;
    my $reply = defined $line ? $self->command($line) : $self->reply;
    die( ( $line // 'greeting' ) . ": $reply\n" ) if $reply !~ /^$code/;
    return $reply;
}

# Greeting, EHLO, STARTTLS where there is no TLS yet, and login.
sub log_in {
    my ( $self, $user, $password ) = @_;
    $self->must(220);
    $self->must( 250, 'EHLO client.example' );
    if ( !$self->is_tls ) {
        $self->must( 220, 'STARTTLS' );
        $self->start_tls;
        $self->must( 250, 'EHLO client.example' );
    }
    $self->must( 235, 'AUTH PLAIN ' . encode_base64( "\0$user\0$password", '' ) );
    return;
}

# One message; returns the last reply.
sub submit {
    my ( $self, @message ) = @_;
    $self->send_message(@message);
    return $self->reply;
}

# Waits for all replies but the last.
sub send_message {
    my ( $self, $text, @recipients ) = @_;
    @recipients = ('bob@example.net') if !@recipients;
    $self->must( 250, 'MAIL FROM:<alice@example.org>' );
    $self->must( 250, "RCPT TO:<$_>" ) for @recipients;
    $self->must( 354, 'DATA' );
    $self->send("$text.\r\n");
    return;
}

# Says that no more comes, and goes on reading.  Under TLS this is close_notify (RFC 8446 6.1).
sub half_close {
    my ($self) = @_;
    return Net::SSLeay::shutdown( $self->{socket}->_get_ssl_object ) if $self->is_tls;
    return shutdown( $self->{socket}, 1 );
}

sub close {
    my ($self) = @_;
    my $socket = delete $self->{socket} or return;
    $self->{is_at_end} = 1;
    return $socket->isa('IO::Socket::SSL')
      ? $socket->close( SSL_no_shutdown => 1 )
      : $socket->close;
}

# As if the client's machine had crashed and come back: the server sees a reset.
sub vanish {
    my ($self) = @_;
    setsockopt( $self->{socket}, SOL_SOCKET, SO_LINGER, pack( 'ii', 1, 0 ) );
    return $self->close;
}

1;
