# SPDX-License-Identifier: ISC
#
# Postern::MailProgram - runs mail programs, and looks at what they leave in the spool.

package Postern::MailProgram;

use strict;
use warnings;
use Exporter qw(import);
use Test::More;

use Postern::Command qw(run_command);

our @EXPORT_OK = qw(delivers crlf complaints_of is_there swaks python curl);

sub crlf { return $_[0] =~ s/\n/\r\n/gr }

# Runs a program; returns what it said if it was not content, else ''.
sub complaints_of {
    my ( $exit, $out, $errors ) = run_command(@_);
    return $exit ? "exit $exit\n$out$errors" : '';
}

sub is_there {
    my ($program) = @_;
    return grep { -x "$_/$program" } split /:/, $ENV{PATH};
}

# ---- What is expected of a client

# A subtest: client submits a message and returns its complaints, and one message comes into the
# spool.  expected: from, recipients, notes; text, all of it or a pattern; perhaps received, a
# pattern; and words, which are all of the envelope but the id, where body and peer have the usual
# values.
sub delivers {
    my ( $name, $daemon, $client, %expected ) = @_;
    return subtest $name => sub {
        my %before = map { $_ => 1 } $daemon->spool->names_in('new');
        is( $client->(), '', 'it is content' );
        my @messages = grep { !$before{ $_->{name} } } $daemon->spool->messages( 1 + %before );
        is( scalar @messages, 1, 'one message is in the spool' );
        check( $_, %expected ) for @messages;
    };
}

sub check {
    my ( $message, %expected ) = @_;
    my %words = %{ $message->{words} };
    delete $words{id};
    is( $message->{from}, $expected{from}, 'reverse path' );
    is_deeply( $message->{recipients}, $expected{recipients}, 'recipients' );
    is_deeply( $message->{notes},
        $expected{notes} // [ map { '' } @{ $message->{recipients} } ],
        'what is noted of each' );
    is_deeply( \%words, { body => '7BIT', peer => '127.0.0.1', %{ $expected{words} } },
        'words of the envelope' );
    like( $message->{received}, $expected{received}, 'Received' ) if $expected{received};
    my $text = ref $expected{text} ? $expected{text} : qr/\A\Q$expected{text}\E\z/;
    ok( $message->{text} =~ $text, 'the text is as it was' )
      or diag( 'spooled: ', $message->{text} =~ s/([^ -~\n])/sprintf '\x%02x', ord $1/ger );
    return;
}

# ---- Programs.  Each gets a Postern::Daemon, text with LF as line ends, and options; and returns
# its complaints.

# place: a port or a path.
sub swaks {
    my ( $daemon, $place, $text, @options ) = @_;
    my $file = $daemon->write_file( 'message', $text =~ s/\n\z//r ); # it adds a line end of its own
    return complaints_of(
        'swaks', $place =~ m{^/} ? ( '--socket', $place ) : ( '--server', "127.0.0.1:$place" ),
        qw(--ehlo client.example --hide-all --data),
        "\@$file", @options
    );
}

sub curl {
    my ( $daemon, $listener, $text, @options ) = @_;
    my $scheme = $daemon->is_implicit($listener) ? 'smtps' : 'smtp';
    my $file   = $daemon->write_file( 'message', crlf($text) );
    return complaints_of(
        qw(curl --silent --show-error --url),
        "$scheme://127.0.0.1:" . $daemon->place_of($listener) . '/client.example',
        '--cacert', $daemon->certificate, '--upload-file', $file, @options
    );
}

my $python_begins = <<'END';
import smtplib, socket, ssl, struct, sys
place, certificate = sys.argv[1:3]
arguments = sys.argv[3:]
text = sys.stdin.buffer.read()
def connect(kind=smtplib.SMTP):
    if place.startswith('/'):
        return kind(place, local_hostname='client.example')
    return kind('127.0.0.1', int(place), 'client.example', timeout=30)
def must(code, reply):
    if reply[0] != code:
        sys.exit(repr(reply))
END

# A program of Python, which has connect() and must(); its text, octet for octet, in text; and its
# further arguments in arguments.
sub python {
    my ( $daemon, $listener, $program, $text, @arguments ) = @_;
    return complaints_of( { input => $text },
        'python3', '-c', $python_begins . $program,
        $daemon->place_of($listener),
        $daemon->certificate, @arguments );
}

1;
