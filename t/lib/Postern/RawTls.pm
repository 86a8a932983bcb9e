# SPDX-License-Identifier: ISC
#
# Postern::RawTls - a TLS client whose records are in the hands of the test.
#
# It has no socket: it gives out octets to be sent, and is given those that came.  So a test may
# send them in any company and any piece.

package Postern::RawTls;

use strict;
use warnings;
use Net::SSLeay;
use Time::HiRes qw(time);

use Postern::Poll qw($patience);

Net::SSLeay::initialize();

my %version_number = ( '1.2' => 0x0303, '1.3' => 0x0304 );

# version: "1.2" or "1.3", no other is spoken
sub new {
    my ( $class, $version ) = @_;
    my $context = Net::SSLeay::CTX_new_with_method( Net::SSLeay::TLS_client_method() );
    my $number  = $version_number{$version};
    Net::SSLeay::CTX_set_min_proto_version( $context, $number );
    Net::SSLeay::CTX_set_max_proto_version( $context, $number );
    my $ssl = Net::SSLeay::new($context);
    my ( $in, $out ) = map { Net::SSLeay::BIO_new( Net::SSLeay::BIO_s_mem() ) } 1, 2;
    Net::SSLeay::set_bio( $ssl, $in, $out );
    Net::SSLeay::set_connect_state($ssl);
    return bless { context => $context, ssl => $ssl, in => $in, out => $out }, $class;
}

sub DESTROY {
    my ($self) = @_;
    Net::SSLeay::free( $self->{ssl} );
    Net::SSLeay::CTX_free( $self->{context} );
    return;
}

# What is to be sent now.
sub output {
    my ($self) = @_;
    my $pending = Net::SSLeay::BIO_pending( $self->{out} );
    return $pending ? Net::SSLeay::BIO_read( $self->{out}, $pending ) : '';
}

sub input {
    my ( $self, $octets ) = @_;
    Net::SSLeay::BIO_write( $self->{in}, $octets ) if length $octets;
    return;
}

# The handshake goes as far as it can with what has come.  True when it is done; see is_broken.
sub proceed {
    my ($self) = @_;
    my $result = Net::SSLeay::do_handshake( $self->{ssl} );
    $self->note_error($result);
    return $result == 1;
}

sub note_error {
    my ( $self, $result ) = @_;
    my $error = Net::SSLeay::get_error( $self->{ssl}, $result );
    $self->{is_broken} = 1
      if $result <= 0 && $error != Net::SSLeay::ERROR_WANT_READ();
    $self->{error} = Net::SSLeay::ERR_error_string( Net::SSLeay::ERR_get_error() )
      if $self->{is_broken};
    return;
}

sub is_broken { return shift->{is_broken} }

# Octets as records.
sub seal {
    my ( $self, $octets ) = @_;
    Net::SSLeay::write( $self->{ssl}, $octets );
    return $self->output;
}

# All that can be read of what has come.
sub unseal {
    my ( $self, $octets ) = @_;
    $self->input($octets);
    my $read = '';
    while (1) {
        my ( $piece, $result ) = Net::SSLeay::read( $self->{ssl} );
        $self->note_error($result);
        last if $result <= 0;
        $read .= $piece;
    }
    return $read;
}

sub close_notify {
    my ($self) = @_;
    Net::SSLeay::shutdown( $self->{ssl} );
    return $self->output;
}

# The ClientHello, for who wants to do the rest by hand.
sub hello {
    my ($self) = @_;
    $self->proceed;
    return $self->output;
}

# The client's part, on a Postern::Client that speaks in the clear so far; what else is in last
# is sent in one piece with the end of it.  True if the handshake was done.
sub shake_hands {
    my ( $self, $client, $last ) = @_;
    my $deadline = time + $patience;
    until ( $self->proceed ) {
        $client->send( $self->output );
        return 0 if $self->is_broken || !$client->fill_or_wait($deadline);
        $self->input( take_input($client) );
    }
    $client->send( $self->output . ( $last // '' ) );
    return 1;
}

sub take_input {
    my ($client) = @_;
    my $octets = $client->{input};
    $client->{input} = '';
    return $octets;
}

# Sends a command and waits for a whole reply, which may be a part of one if the session ends.
sub command {
    my ( $self, $client, $line ) = @_;
    $client->send( $self->seal("$line\r\n") );
    return $self->reply($client);
}

sub reply {
    my ( $self, $client ) = @_;
    my $deadline = time + $patience;
    my $reply    = '';
    while ( $reply !~ /^\d{3} .*\r\n\z/m ) {
        last if !$client->fill_or_wait($deadline);
        $reply .= $self->unseal( take_input($client) );
    }
    return $reply;
}

# All that still comes.
sub rest {
    my ( $self, $client ) = @_;
    my $octets = $client->rest;
    $client->{input} = '';
    return $self->unseal($octets);
}

1;
