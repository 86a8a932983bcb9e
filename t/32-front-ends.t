#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/32-front-ends.t - LMTP clients, and those that speak for others, by PROXY and XCLIENT; envelope
# and text come out octet for octet.

use strict;
use warnings;
use lib 't/lib';
use Test::More;

use Postern::Client;
use Postern::Daemon;
use Postern::HAProxy;
use Postern::MailProgram qw(delivers crlf is_there swaks python curl);

my $sender     = 'alice@example.org';
my @recipients = qw(bob@example.net carol@example.com);
my @local      = qw(bob@example.org carol@example.org);    # strangers may write to them

my $daemon = Postern::Daemon->new(
    listeners => [
        qw(lmtp proxied xclient),
        {
            name     => '"lmtp_local"',
            protocol => '"lmtp"',
            auth     => '"peer"',
            tls      => '"none"',
            on_path  => 1,
        },
        {
            name       => '"proxied_tls"',
            tls        => '"implicit"',
            role       => '"both"',
            proxy_from => '[ "127.0.0.1" ]',
        },
    ]
)->start;

my $text = <<"END";
From: Alice <alice\@example.org>
To: Bob <bob\@example.net>
Subject: front ends
Date: Wed, 25 Nov 2026 12:00:00 +0000
Message-ID: <1\@client.example>

.Gr\xc3\xbc\xc3\x9fe, \xff\xfe\x80
.
end
END

# ---- LMTP, RFC 2033

for my $listener (qw(lmtp lmtp_local)) {
    my %expected = (
        from       => $sender,
        recipients => \@recipients,
        words      => { with => 'LMTP', peer => $listener eq 'lmtp' ? '127.0.0.1' : "unix:$>" },
        text       => $text,
    );
    delivers "LMTP, Python smtplib, $listener", $daemon, sub {
        return python( $daemon, $listener => <<'END', crlf($text), $sender, @recipients );
client = connect(smtplib.LMTP)
client.ehlo()
must(250, client.mail(arguments[0]))
for recipient in arguments[1:]:
    must(250, client.rcpt(recipient))
must(250, client.data(text))
must(250, client.getreply())
client.quit()
END
    }, %expected;
    delivers "LMTP, swaks, $listener", $daemon, sub {
        return swaks(
            $daemon, $daemon->place_of($listener),
            $text,   qw(--protocol LMTP --from),
            $sender, '--to', join ',', @recipients
        );
    }, %expected;
}

# ---- The PROXY protocol

my %by_stranger = ( from => $sender, recipients => \@local, text => $text );
my @from_to     = ( '--from', $sender, '--to', join ',', @local );
my @tls         = ( '--tls', '--tls-verify', '--tls-ca-path', $daemon->certificate );

# What each calls IPv4 and IPv6.
my %families = ( 1 => [qw(TCP4 TCP6)], 2 => [qw(AF_INET AF_INET6)] );

for my $version ( sort keys %families ) {
    my ( $ipv4, $ipv6 ) = @{ $families{$version} };
    check_proxy( $version, $ipv4, qw(192.0.2.77 198.51.100.1) );
    check_proxy( $version, $ipv6, qw(2001:db8::77 2001:db8::1) );
}

sub check_proxy {
    my ( $version, $family, $peer, $server ) = @_;
    my @options = (
        "--proxy-version=$version", "--proxy-family=$family",
        "--proxy-source=$peer",     "--proxy-dest=$server",
        qw(--proxy-source-port=4711 --proxy-dest-port=25), @from_to
    );
    my $literal = $peer =~ /:/ ? "IPv6:$peer" : $peer;
    my %expected =
      ( %by_stranger, received => qr/^Received: from client\.example \(\[\Q$literal\E\]\)/ );
    my $place = $daemon->place_of('proxied');
    my $mark  = $daemon->mark;
    delivers "PROXY $version, swaks, $family", $daemon,
      sub { return swaks( $daemon, $place, $text, @options ) },
      %expected, words => { with => 'ESMTP', peer => $peer };
    ok(
        $daemon->wait_for_log(
            qr/ session_begin .*peer=\Q$peer\E port=4711 proxy=127\.0\.0\.1 /, $mark ),
        'both are in the log'
    );
    delivers "PROXY $version, swaks, $family, STARTTLS", $daemon,
      sub { return swaks( $daemon, $place, $text, @tls, @options ) },
      %expected, words => { with => 'ESMTPS', peer => $peer };
    return;
}

# The header leaves in one segment with what comes next.
my $python_proxy = <<'END';
header = (b'\r\n\r\n\0\r\nQUIT\n\x21\x11' + struct.pack('!H', 12 + 11)
          + socket.inet_aton('192.0.2.88') + socket.inet_aton('198.51.100.1')
          + struct.pack('!HH', 4712, 465)
          + b'\x04' + struct.pack('!H', 8) + b'\0' * 8)  # a NOOP TLV, to be skipped
context = ssl.create_default_context(cafile=certificate)
def open_socket(host, port, timeout):
    opened = socket.create_connection((host, port), timeout)
    opened.sendall(header, socket.MSG_MORE if arguments[0] == 'implicit' else 0)
    return opened
class Implicit(smtplib.SMTP):
    def _get_socket(self, host, port, timeout):
        return context.wrap_socket(open_socket(host, port, timeout), server_hostname='localhost')
class InClear(smtplib.SMTP):
    def _get_socket(self, host, port, timeout):
        return open_socket(host, port, timeout)
if arguments[0] == 'implicit':
    client = connect(Implicit)
else:
    client = connect(InClear)
    client._host = 'localhost'
    client.starttls(context=context)
client.login('alice', 'secret')
client.sendmail(arguments[1], arguments[2:], text)
client.quit()
END

for my $kind (qw(implicit starttls)) {
    my $listener = $kind eq 'implicit' ? 'proxied_tls' : 'proxied';
    delivers "PROXY 2 and TLS, Python, $kind", $daemon, sub {
        return python( $daemon, $listener => $python_proxy,
            crlf($text), $kind, $sender, @recipients );
      },
      from       => $sender,
      recipients => \@recipients,
      words      => { with => 'ESMTPSA', auth => 'alice', peer => '192.0.2.88' },
      text       => $text;
}

# Its header tells its own address.
SKIP: {
    skip 'there is no curl', 2 if !is_there('curl');
    for my $listener (qw(proxied proxied_tls)) {
        delivers "PROXY 1, curl, $listener", $daemon, sub {
            return curl( $daemon, $listener, $text, qw(--haproxy-protocol --ssl-reqd --mail-from),
                $sender, map { ( '--mail-rcpt', $_ ) } @local );
        }, %by_stranger, words => { with => 'ESMTPS' };
    }
}

# HAProxy tells where its client comes from, which is 127.0.0.2 here.
SKIP: {
    my $obstacle = Postern::HAProxy->obstacle;
    skip "there is no HAProxy: $obstacle", 5 if $obstacle;

    my $mark     = $daemon->mark;
    my $balancer = Postern::HAProxy->new(
        $daemon,
        'v1'      => { listener => 'proxied',     options => 'send-proxy' },
        'v2'      => { listener => 'proxied',     options => 'send-proxy-v2' },
        'v2-tls'  => { listener => 'proxied_tls', options => 'send-proxy-v2' },
        'checked' => {
            listener => 'proxied',
            options  => 'send-proxy-v2 check check-send-proxy inter 500ms',
        },
    );
    # Of its checks it says that they are from nobody (PROXY protocol 2.2, LOCAL).
    ok( $daemon->wait_for_log( qr/ session_end .*messages=0 errors=0 .*reason=quit/, $mark ),
        'a check of HAProxy ends well' );
    for my $name (qw(v1 v2 v2-tls checked)) {
        my @how = @tls;
        $how[0] = '--tls-on-connect' if $name eq 'v2-tls';
        delivers "PROXY, HAProxy, $name", $daemon, sub {
            return swaks( $daemon, $balancer->port_of($name),
                $text, qw(--local-interface 127.0.0.2),
                @how, @from_to );
        }, %by_stranger, words => { with => 'ESMTPS', peer => '127.0.0.2' };
    }
    $balancer->stop;
}

# ---- XCLIENT

my @xclient = qw(--xclient-name=host.example.com --xclient-addr=192.0.2.99 --xclient-port=4713
  --xclient-helo=[192.0.2.99] --xclient-proto=ESMTP);

delivers 'XCLIENT, swaks', $daemon, sub {
    return swaks( $daemon, $daemon->place_of('xclient'), $text, @xclient, @from_to );
}, %by_stranger, words => { with => 'ESMTP', peer => '192.0.2.99' };

delivers 'XCLIENT, swaks, for somebody who has logged in', $daemon, sub {
    return swaks(
        $daemon, $daemon->place_of('xclient'),
        $text, @xclient, qw(--xclient-delim --xclient-login=alice --pipeline --from),
        $sender, '--to', join ',', @recipients
    );
  },
  from       => $sender,
  recipients => \@recipients,
  words      => { with => 'ESMTPA', auth => 'alice', peer => '192.0.2.99' },
  text       => $text;

# ---- Limits

# PROXY protocol 2.2: LOCAL is how a balancer looks whether the server is alive.  Were it refused
# as a client that comes too often, the balancer would take the server out.
subtest 'checks of a balancer are not counted' => sub {
    my $rate = 5;
    my $site = Postern::Daemon->new(
        listeners => ['proxied'],
        settings  => { clients => '[ "192.0.2.200" ]', 'limits.client_connection_rate' => $rate },
    )->start;
    my $local = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
    for ( 0 .. $rate ) {
        my $client = Postern::Client->new( $site, 'proxied' );
        $client->send($local);
        like( $client->reply, qr/^220 /, 'it is greeted' );
        $client->close;
    }
};

done_testing;
