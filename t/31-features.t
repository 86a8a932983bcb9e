#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/31-features.t - mail programs use the extensions of SMTP; envelope and text come out octet for
# octet.

use strict;
use warnings;
use lib 't/lib';
use Net::SMTP;
use Test::More;

use Postern::Command qw(run_command);
use Postern::Daemon;
use Postern::MailProgram qw(delivers crlf complaints_of is_there swaks python curl);
use Postern::Recorder;

my $sender     = 'alice@example.org';
my @recipients = qw(bob@example.net carol@example.com);
my $daemon     = Postern::Daemon->new( listeners => ['lan'] )->start;

my $header = <<'END';
From: Alice <alice@example.org>
To: Bob <bob@example.net>
Subject: features
Date: Wed, 25 Nov 2026 12:00:00 +0000
Message-ID: <1@client.example>
END
my $text_7bit = "$header\n.\n..\n.dots\n\nMAIL FROM:<mallory\@example.net>\nBDAT 3 LAST\nend\n";
my $text_8bit = "$header\n.Gr\xc3\xbc\xc3\x9fe, \xff\xfe\x80\n.\nend\n";
my %usual     = ( from => $sender, recipients => \@recipients );

# ---- DSN, RFC 3461

my %dsn = (
    %usual,
    words => { with => 'ESMTP', ret => 'HDRS', envid => 'a+3Db+2Bc' },
    notes => [
        'notify=SUCCESS,FAILURE,DELAY orcpt=rfc822;Bob+2BOld@example.net',
        'notify=NEVER'
    ],
    text => $text_7bit,
);

delivers 'DSN, Python smtplib', $daemon, sub {
    return python( $daemon, lan => <<'END', crlf($text_7bit), $sender, @recipients );
client = connect()
client.ehlo()
must(250, client.mail(arguments[0], ['RET=HDRS', 'ENVID=a+3Db+2Bc']))
must(250, client.rcpt(arguments[1],
                      ['NOTIFY=SUCCESS,DELAY,FAILURE', 'ORCPT=rfc822;Bob+2BOld@example.net']))
must(250, client.rcpt(arguments[2], ['NOTIFY=NEVER']))
must(250, client.data(text))
client.quit()
END
}, %dsn;

delivers 'DSN, Python smtplib, by sendmail', $daemon, sub {
    return python( $daemon, lan => <<'END', crlf($text_7bit), $sender, @recipients );
client = connect()
client.sendmail(arguments[0], arguments[1:], text, ['RET=FULL', 'ENVID=QQ314159'], ['NOTIFY=DELAY'])
client.quit()
END
  },
  %usual,
  words => { with => 'ESMTP', ret => 'FULL', envid => 'QQ314159' },
  notes => [ ('notify=DELAY') x 2 ],
  text  => $text_7bit;

delivers 'DSN, Net::SMTP', $daemon, sub {
    my $smtp = Net::SMTP->new(
        '127.0.0.1',
        Port    => $daemon->place_of('lan'),
        Hello   => 'client.example',
        Timeout => 30
    ) or return "no connection: $@";
    my $sent =
         $smtp->mail( $sender, Return => 'HDRS', ENVID => 'a+3Db+2Bc' )
      && $smtp->recipient( $recipients[0],
        { Notify => [qw(SUCCESS FAILURE DELAY)], ORcpt => 'rfc822;Bob+2BOld@example.net' } )
      && $smtp->recipient( $recipients[1], { Notify => ['NEVER'] } )
      && $smtp->data($text_7bit)
      && $smtp->quit;
    return $sent ? '' : 'the server said: ' . $smtp->message;
}, %dsn;

SKIP: {
    skip 'there is no msmtp', 1 if !is_there('msmtp');
    delivers 'DSN, msmtp', $daemon, sub {
        return complaints_of(
            { input => $text_7bit },
            qw(msmtp --host=127.0.0.1 --domain=client.example --tls=off --auth=off),
            qw(--file=/dev/null --dsn-return=headers), '--dsn-notify=failure,delay',
            '--port=' . $daemon->place_of('lan'),
            "--from=$sender", @recipients
        );
      },
      %usual,
      words => { with => 'ESMTP', ret => 'HDRS' },
      notes => [ ('notify=FAILURE,DELAY') x 2 ],
      text  => $text_7bit;
}

# ---- SMTPUTF8, RFC 6531

my %smtputf8 = (
    from       => "j\xc3\xbcrgen\@example.org",
    recipients => [ "\xe9\x98\xbf\xe7\x94\xb2\@xn--bcher-kva.example", 'bob@example.net' ],
    words      => { with => 'UTF8SMTP', smtputf8 => 1, body => '8BITMIME' },
);

delivers 'SMTPUTF8, Python smtplib', $daemon, sub {
    return python( $daemon, lan => <<'END', '', $smtputf8{from} );
import email.message, email.policy
message = email.message.EmailMessage(email.policy.SMTPUTF8)
message['From'] = 'Jürgen <jürgen@example.org>'
message['To'] = '阿甲@bücher.example, bob@example.net'
message['Subject'] = 'Grüße'
message['Date'] = 'Wed, 25 Nov 2026 12:00:00 +0000'
message['Message-ID'] = '<1@client.example>'
message.set_content('.Grüße, 山\n', cte='8bit')
client = connect()
client.send_message(message)
client.quit()
END
  },
  %smtputf8, text => <<"END";
From: J\xc3\xbcrgen <j\xc3\xbcrgen\@example.org>
To: \xe9\x98\xbf\xe7\x94\xb2\@b\xc3\xbccher.example, bob\@example.net
Subject: Gr\xc3\xbc\xc3\x9fe
Date: Wed, 25 Nov 2026 12:00:00 +0000
Message-ID: <1\@client.example>
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit
MIME-Version: 1.0

.Gr\xc3\xbc\xc3\x9fe, \xe5\xb1\xb1
END

SKIP: {
    my ( undef, $version ) = run_command(qw(curl --version));
    skip 'there is no curl that knows IDN', 1 if $version !~ /^Features:.*\bIDN\b/m;
    my $text = "Subject: Gr\xc3\xbc\xc3\x9fe\n$header\n$smtputf8{recipients}[0]\n";
    delivers 'SMTPUTF8, curl', $daemon, sub {
        local $ENV{LC_ALL} = 'C.UTF-8';    # or it takes no name beyond ASCII
        return curl(
            $daemon, lan => $text,
            '--mail-from', $smtputf8{from},
            '--mail-rcpt', "\xe9\x98\xbf\xe7\x94\xb2\@b\xc3\xbccher.example",
            '--mail-rcpt', 'bob@example.net'
        );
    }, %smtputf8, words => { with => 'UTF8SMTP', smtputf8 => 1 }, text => $text;
}

# ---- 8BITMIME, RFC 6152; CHUNKING and BINARYMIME, RFC 3030

delivers '8BITMIME, Python smtplib', $daemon, sub {
    return python( $daemon, lan => <<'END', crlf($text_8bit), $sender, @recipients );
client = connect()
client.sendmail(arguments[0], arguments[1:], text, ['BODY=8BITMIME'])
client.quit()
END
}, %usual, words => { with => 'ESMTP', body => '8BITMIME' }, text => $text_8bit;

# Chunks of a few octets split lines and CRLF.
my $python_chunks = <<'END';
size, body = int(arguments[0]), arguments[1]
client = connect()
client.ehlo()
must(250, client.docmd('MAIL', 'FROM:<%s> BODY=%s' % (arguments[2], body)))
for recipient in arguments[3:]:
    must(250, client.docmd('RCPT', 'TO:<%s>' % recipient))
while len(text) > size:
    client.send(b'BDAT %d\r\n' % size + text[:size])
    must(250, client.getreply())
    text = text[size:]
client.send(b'BDAT %d LAST\r\n' % len(text) + text)
must(250, client.getreply())
client.quit()
END

for my $size ( 7, 64, 100_000 ) {
    delivers "BDAT, Python, chunks of $size", $daemon, sub {
        return python(
            $daemon, lan => $python_chunks,
            crlf($text_8bit), $size, '8BITMIME', $sender, @recipients
        );
    }, %usual, words => { with => 'ESMTP', body => '8BITMIME' }, text => $text_8bit;
}

delivers 'BDAT, Python, the last line has no end', $daemon, sub {
    return python( $daemon, lan => $python_chunks,
            crlf("$header\nend"), 50, '7BIT', $sender, @recipients );
}, %usual, words => { with => 'ESMTP' }, text => "$header\nend";

my $binary = crlf("$header\n") . join( '', map { chr } 0 .. 255 ) . "\r\n.\r\n\r\r\n\n.\n\0";
for my $size ( 50, 1_000 ) {
    delivers "BINARYMIME, Python, chunks of $size", $daemon, sub {
        return python( $daemon, lan => $python_chunks,
            $binary, $size, 'BINARYMIME', $sender, @recipients );
    }, %usual, words => { with => 'ESMTP', body => 'BINARYMIME' }, text => $binary;
}

delivers 'BDAT, all commands and chunks in one go', $daemon, sub {
    return python( $daemon, lan => <<'END', crlf($text_7bit), $sender, @recipients );
client = connect()
client.ehlo()
client.send(b'MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nRCPT TO:<%s>\r\n'
            % tuple(word.encode() for word in arguments))
client.send(b'BDAT 10\r\n' + text[:10] + b'BDAT %d LAST\r\n' % (len(text) - 10) + text[10:])
for command in range(5):
    must(250, client.getreply())
client.quit()
END
}, %usual, words => { with => 'ESMTP' }, text => $text_7bit;

# ---- PIPELINING, RFC 2920

subtest 'PIPELINING, swaks' => sub {
    my $recorder = Postern::Recorder->new( $daemon->place_of('lan') );
    delivers 'a message', $daemon, sub {
        return swaks( $daemon, $recorder->port, $text_8bit, '--pipeline',
            '--from', $sender, '--to', join ',', @recipients );
    }, %usual, words => { with => 'ESMTP' }, text => $text_8bit;
    $recorder->stop;
    is(
        ( $recorder->client_turns )[1],
        crlf("MAIL FROM:<$sender>\nRCPT TO:<$recipients[0]>\nRCPT TO:<$recipients[1]>\nDATA\n"),
        'the commands came together'
    );
};

done_testing;
