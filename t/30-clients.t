#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/30-clients.t - mail programs submit over STARTTLS and implicit TLS, with a password, and the
# message comes out octet for octet.

use strict;
use warnings;
use lib 't/lib';
use Authen::SASL;
use Net::SMTP;
use Test::More;

use Postern::Client;
use Postern::Daemon;
use Postern::MailProgram qw(crlf complaints_of);

my $user       = 'alice';
my $password   = 's3cret pass';
my $sender     = 'alice@example.org';
my @recipients = qw(bob@example.net carol@example.com);

# How each one sends $text to a port; returns what it had to complain about.  implicit: TLS comes
# first.
my %clients = (
    'curl'           => \&send_with_curl,
    'swaks'          => \&send_with_swaks,
    'msmtp'          => \&send_with_msmtp,
    'Python smtplib' => \&send_with_smtplib,
    'Net::SMTP'      => \&send_with_net_smtp,
);

# All that goes wrong on the way to a server, with LF as line ends.
sub message_of {
    my ($subject) = @_;
    return <<"END" . "\n";
From: Alice <alice\@example.org>
To: Bob <bob\@example.net>,
\tCarol <carol\@example.com>
Subject: $subject
Date: Mon, 23 Nov 2026 12:00:00 +0000
Message-ID: <1\@client.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

.
..
.a line that begins with a dot, and ends with two..
 .
From here on it is text, From too.
\tblanks at both ends \t

@{[ 'a long line, ' x 400 ]}
Gr\xc3\xbc\xc3\x9fe, \xe5\xb1\xb1, and octets of no charset: \xff\xfe\x80\xa0.


RCPT TO:<nobody\@example.net>
QUIT
.

the last line, with an empty one behind it
END
}

sub send_with_curl {
    my ( $daemon, $port, $text, $implicit ) = @_;
    my $url  = ( $implicit ? 'smtps' : 'smtp' ) . "://127.0.0.1:$port/client.example";
    my $file = $daemon->write_file( 'message', crlf($text) );
    return complaints_of(
        qw(curl --silent --show-error --ssl-reqd --url), $url,
        '--cacert',                                      $daemon->certificate,
        '--user',                                        "$user:$password",
        '--mail-from',                                   $sender,
        ( map { ( '--mail-rcpt', $_ ) } @recipients ),   '--upload-file',
        $file
    );
}

sub send_with_swaks {
    my ( $daemon, $port, $text, $implicit ) = @_;
    my $file = $daemon->write_file( 'message', $text =~ s/\n\z//r ); # it adds a line end of its own
    return complaints_of(
        'swaks',                                      '--server',
        "127.0.0.1:$port",                            qw(--ehlo client.example --hide-all),
        ( $implicit ? '--tls-on-connect' : '--tls' ), '--tls-verify',
        '--tls-ca-path',                              $daemon->certificate,
        qw(--auth LOGIN --auth-user),                 $user,
        '--auth-password',                            $password,
        '--from',                                     $sender,
        '--to',                                       join( ',', @recipients ),
        '--data',                                     "\@$file"
    );
}

sub send_with_msmtp {
    my ( $daemon, $port, $text, $implicit ) = @_;
    return complaints_of(
        { input => $text },
        qw(msmtp --host=127.0.0.1 --domain=client.example --tls=on --auth=plain),
        '--file=/dev/null',
        "--port=$port",
        '--tls-starttls=' . ( $implicit ? 'off' : 'on' ),
        '--tls-trust-file=' . $daemon->certificate,
        "--user=$user",
        "--passwordeval=echo '$password'",
        "--from=$sender",
        @recipients
    );
}

sub send_with_smtplib {
    my ( $daemon, $port, $text, $implicit ) = @_;
    my $program = <<'END';
import smtplib, ssl, sys
port, implicit, certificate, user, password, sender = sys.argv[1:7]
context = ssl.create_default_context(cafile=certificate)
if implicit == '1':
    client = smtplib.SMTP_SSL('127.0.0.1', int(port), 'client.example', timeout=30, context=context)
else:
    client = smtplib.SMTP('127.0.0.1', int(port), 'client.example', timeout=30)
    client.starttls(context=context)
client.login(user, password)
client.sendmail(sender, sys.argv[7:], sys.stdin.buffer.read(), ['BODY=8BITMIME'])
client.quit()
END
    return complaints_of(
        { input => crlf($text) },
        'python3',            '-c',  $program,  $port,   $implicit ? 1 : 0,
        $daemon->certificate, $user, $password, $sender, @recipients
    );
}

sub send_with_net_smtp {
    my ( $daemon, $port, $text, $implicit ) = @_;
    my %ssl  = ( SSL_ca_file => $daemon->certificate, SSL_verifycn_name => 'localhost' );
    my $smtp = Net::SMTP->new(
        '127.0.0.1',
        Port    => $port,
        Hello   => 'client.example',
        Timeout => 30,
        $implicit ? ( SSL => 1, %ssl ) : ()
    ) or return "no connection: $@";
    my $sent = ( $implicit || $smtp->starttls(%ssl) )
      && $smtp->auth(
        Authen::SASL->new( mechanism => 'PLAIN', callback => { user => $user, pass => $password } )
      )
      && $smtp->mail( $sender, Bits => 8 )
      && $smtp->recipient(@recipients)
      && $smtp->data($text)
      && $smtp->quit;
    return $sent ? '' : 'the server said: ' . $smtp->message;
}

# What is in the spool now that was not there before.
sub check_spooled {
    my ( $message, $text ) = @_;
    is( $message->{from},              $sender,       'reverse path' );
    is( "@{ $message->{recipients} }", "@recipients", 'recipients' );
    is( $message->{marks},             'TT',          'nothing is delivered yet' );
    is( $message->{words}{auth},       $user,         'login' );
    is( $message->{words}{with},       'ESMTPSA',     'protocol' );
    is( $message->{words}{peer},       '127.0.0.1',   'peer' );
    like( $message->{received},
        qr/^Received: from \S+ \(authenticated\)\n\tby mail\.example\.org /, 'Received' );
    ok( $message->{text} eq $text, 'the text is as it was' )
      or diag( "sent:\n", show($text), "spooled:\n", show( $message->{text} ) );
    like( $message->{name}, qr/,S=@{[ length $message->{content} ]}$/, 'the size is in the name' );
    return;
}

sub show {
    return join '', map { s/([^ -~])/sprintf '\x%02x', ord $1/ger . "\n" } split /\n/, shift, -1;
}

my $daemon = Postern::Daemon->new( users => { $user => $password } )->start;
plan tests => 1 + 2 * keys %clients;

for my $client ( sort keys %clients ) {
    for my $listener (qw(submission submissions)) {
        my $text   = message_of("$client to $listener");
        my %before = map { $_ => 1 } $daemon->spool->names_in('new');
        subtest "$client to $listener" => sub {
            my $complaints =
              $clients{$client}
              ->( $daemon, $daemon->place_of($listener), $text, $daemon->is_implicit($listener) );
            is( $complaints, '', 'it is content' );
            my @messages = grep { !$before{ $_->{name} } } $daemon->spool->messages( 1 + %before );
            is( scalar @messages, 1, 'one message is in the spool' );
            check_spooled( $_, $text ) for @messages;
        };
    }
}

subtest 'one message, one id' => sub {
    my $client = Postern::Client->new( $daemon, 'submission' );
    $client->log_in( $user => $password );
    my $reply = $client->submit("Subject: x\r\n");
    my ($id) = $reply =~ /^250 2\.0\.0 Queued as (\S+)$/ or return fail("the reply has it: $reply");
    my ($message) = grep { $_->{words}{id} eq $id } $daemon->spool->messages;
    ok( $message, 'the envelope has it' ) or return;
    like( $message->{received}, qr/ id \Q$id\E$/m,                  'Received has it' );
    like( $message->{text},     qr/^Message-ID: <\Q$id\E\@mail\./m, 'so has the Message-ID' );
    like( $message->{name},     qr/^\d+\.\Q$id\E\./,               'and the file' );
    ok( $daemon->wait_for_log(qr/ message_accepted message=\Q$id\E session=/), 'and the log' );
    my $mode = ( stat $daemon->path("spool/new/$message->{name}") )[2] & 0777;
    is( $mode, 0600, 'nobody else can read the file' );
};
