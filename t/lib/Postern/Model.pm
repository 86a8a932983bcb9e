# SPDX-License-Identifier: ISC
#
# Postern::Model - what a server must make of the octets of a client, as the RFCs have it.
#
# A second implementation, short and slow, to compare the daemon with.  It has all the octets at
# once, so it need not care where they were cut.  It knows the commands that move mail and no
# others, and strangers who send to a domain of ours.

package Postern::Model;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(outcome_of);

my $bare = qr/\r(?!\n)|(?<!\r)\n/;    # a CR or LF that stands alone (RFC 5321 2.3.8)

# octets: all that the client sends.  The outcome has
# replies:   what each must begin with, behind the greeting
# messages:  those in the spool, as [ reverse path, text ]
# is_closed: the server closes
sub outcome_of {
    my ($octets) = @_;
    my $self = bless {
        octets   => $octets,
        state    => 'ready',
        replies  => [],
        messages => [],
    }, __PACKAGE__;
    1 while !$self->{is_closed} && ( $self->{state} eq 'text' ? $self->text : $self->line );
    return $self;
}

sub say {
    my ( $self, $reply ) = @_;
    push @{ $self->{replies} }, $reply;
    return 1;
}

sub say_last {
    my ( $self, $reply ) = @_;
    $self->{is_closed} = 1;
    return $self->say($reply);
}

# A command.  False when there is no more whole line.
sub line {
    my ($self) = @_;
    $self->{octets} =~ s/\A([^\n]*\n)// or return 0;
    my $line = $1;
    return $self->say('500 5.5.2') if $line =~ $bare;
    $line =~ s/\r\n\z//;
    return $self->say('250')            if $line =~ /^EHLO [a-z.]+\z/;
    return $self->say_last('221 2.0.0') if $line eq 'QUIT';
    return $self->mail( $1, $2 )        if $line =~ /^MAIL FROM:<([^<>]*)>(?: BODY=(\S+))?\z/;
    return $self->rcpt                  if $line =~ /^RCPT TO:<[^<>]*\@example\.org>\z/;
    return $self->data                  if $line eq 'DATA';
    return $self->bdat( $1, $2 )        if $line =~ /^BDAT (\d+)( LAST)?\z/;
    return $self->say('500 5.5.1');
}

sub mail {
    my ( $self, $from, $body ) = @_;
    return $self->say('503 5.5.1') if $self->{state} ne 'ready';
    @$self{qw(state from text refusal)} = ( 'mail', $from, '', undef );
    $self->{is_binary} = ( $body // '' ) eq 'BINARYMIME';
    return $self->say('250 2.1.0');
}

sub rcpt {
    my ($self) = @_;
    return $self->say('503 5.5.1') if $self->{state} !~ /^(?:mail|rcpt)\z/;
    $self->{state} = 'rcpt';
    return $self->say('250 2.1.5');
}

sub data {
    my ($self) = @_;
    return $self->say('503 5.5.1') if $self->{state} ne 'rcpt' || $self->{is_binary};
    $self->{state} = 'text';
    return $self->say('354');
}

# RFC 5321 4.1.1.4: the CRLF behind DATA is the first of the CRLF.CRLF that ends an empty text.
# What is on both sides of a CR or LF that stands alone nobody can know.
sub text {
    my ($self) = @_;
    my $text   = "\r\n" . $self->{octets};
    my $end    = index $text, "\r\n.\r\n";
    my $odd    = $text =~ $bare ? $-[0] : -1;
    return $self->say_last('550 5.5.2') if $odd >= 0 && ( $end < 0 || $odd < $end );
    return 0                            if $end < 0;
    $self->{octets} = substr $text, $end + 5;
    $self->{text}   = substr( $text, 0, $end + 2 ) =~ s/\A\r\n//r;
    $self->{text} =~ s/(?:\A|(?<=\r\n))\.//g;    # RFC 5321 4.5.2
    $self->{refusal} = '554 5.6.0' if $self->{text} =~ /\0/;
    return $self->end_of_message;
}

# RFC 3030 2.
sub bdat {
    my ( $self, $octets, $is_last ) = @_;
    my $chunk = substr $self->{octets}, 0, $octets, '';
    return $self->say('503 5.5.1') if $self->{state} !~ /^(?:rcpt|chunks)\z/;
    $self->{state} = 'chunks';
    $self->{text} .= $chunk;
    $self->{refusal} //= refusal_of_chunks( $self->{text}, $is_last ) if !$self->{is_binary};
    return $self->end_of_message if $is_last;
    return $self->say( $self->{refusal} // '250 2.0.0' );
}

# By what comes first.  A CR at the end of a chunk may have its LF in the next.
sub refusal_of_chunks {
    my ( $text, $is_last ) = @_;
    $text =~ s/\r\z// if !$is_last;
    return if $text !~ /$bare|\0/;
    return substr( $text, $-[0], 1 ) eq "\0" ? '554 5.6.0' : '550 5.5.2';
}

sub end_of_message {
    my ($self) = @_;
    $self->{state} = 'ready';
    return $self->say( $self->{refusal} ) if $self->{refusal};
    push @{ $self->{messages} }, [ $self->{from}, $self->as_kept ];
    return $self->say('250 2.0.0');
}

# An empty line stands between our fields and a text that has none of its own.
sub as_kept {
    my ($self) = @_;
    my $text = $self->{text};
    $text = "\n$text"      if length $text && $text !~ /\A(?:\r\n|[!-9;-~]+[ \t]*:)/;
    $text =~ s/\r\n/\n/g if !$self->{is_binary};
    return $text;
}

1;
