# SPDX-License-Identifier: ISC
#
# Postern::AbuseKinds - what hostile clients do, one row for each kind of them.
#
# on:      the listener
# tls:     the client does its part of the handshake, and what follows is sent under TLS
# start:   octets to send at once
# more:    octets to send again and again behind them, as fast as they are taken,
# most:    until it is so many in all (1 MiB)
# slowly:  octets to send one by one, again and again,
# every:   one in so many seconds (0.2)
# once:    lines, each sent behind one reply, the first one behind the greeting
# answers: the same behind them; after the last the first comes again
# reads:   all (what there is), slowly (64 octets in 0.1 seconds), or never
# then:    when all is sent the client does close, half_close or vanish
# leaves:  it closes after so many seconds
# again:   when it has closed by itself it comes again, so often

package Postern::AbuseKinds;

use strict;
use warnings;
use Exporter qw(import);
use MIME::Base64 qw(encode_base64);

use Postern::RawTls;

our @EXPORT_OK = qw(kinds);

my $mib      = 1024 * 1024;
my $greets   = 'EHLO client.example';
my $ehlo     = "$greets\r\n";
my $envelope = "${ehlo}MAIL FROM:<a\@example.net>\r\nRCPT TO:<b\@example.org>\r\n";
my $data     = "${envelope}DATA\r\n";
my $in_text  = "${data}Subject: x\r\n\r\n";
my $wrong    = 'AUTH PLAIN ' . encode_base64( "\0alice\0wrong", '' );
my $noise    = join '', map { chr( $_ * 7919 % 251 ) } 1 .. 2000;
my $hello    = Postern::RawTls->new('1.3')->hello;

my %slow = (
    'says nothing'          => { on => 'mx' },
    'a command that trickles' => { on => 'mx', slowly => 'NOOP ' . 'x' x 500 },
    'commands that trickle' => { on => 'mx', slowly => "NOOP\r\n",         leaves => 6 },
    'a text that trickles'  => { on => 'mx', start  => $in_text, slowly => "text\r\n" },
    'a text that stops'     => { on => 'mx', start  => "${in_text}text\r\n" },
    'a header that stops'   => { on => 'mx', start  => "${data}Subject: x" },
    'a chunk that trickles' =>
      { on => 'mx', start  => "${envelope}BDAT 9999 LAST\r\n", slowly => 'x' },
    'chunks that trickle'   =>
      { on => 'mx', start  => $envelope, slowly => "BDAT 0\r\n", every => 0.1 },
    'a chunk that is not there' =>
      { on => 'mx', start => "${envelope}BDAT 18446744073709551615 LAST\r\n" },
    'a login that stops' => { on => 'clear', once => [ $greets, 'AUTH LOGIN' ] },
    'half a login'       => { on => 'clear', once => [ $greets, 'AUTH LOGIN', 'YQ==' ] },
);

my %floods = (
    'commands'             => { on => 'mx', more => "NOOP\r\n" },
    'commands, not reading' => { on => 'mx', more => "NOOP\r\n", reads => 'never' },
    'EHLO, not reading'    => { on => 'mx', more => $ehlo, reads => 'never' },
    'EHLO, reading slowly' => { on => 'mx', more => $ehlo, reads => 'slowly' },
    'HELP, reading slowly' => { on => 'mx', more => "HELP\r\n", reads => 'slowly' },
    'commands under TLS'   => { on => 'submissions', tls => 1, more => "NOOP\r\n" },
    'EHLO under TLS, not reading' =>
      { on => 'submissions', tls => 1, more => $ehlo, reads => 'never' },
    'errors'            => { on => 'mx', more => "FOO\r\n" },
    'bare LF'           => { on => 'mx', more => "NOOP\n" },
    'NUL'               => { on => 'mx', more => "\0" },
    'ETRN'              => { on => 'mx', start => $ehlo, more => "ETRN example.org\r\n" },
    'XCLIENT'           =>
      { on => 'xclient', start => $ehlo, more => "XCLIENT ADDR=[UNAVAILABLE]\r\n" },
    'XCLIENT in turn'   => { on => 'xclient', answers => ["XCLIENT ADDR=127.1.0.1 LOGIN=alice"] },
    'MAIL and RSET'     =>
      { on => 'mx', start => $ehlo, more => "MAIL FROM:<a\@example.net>\r\nRSET\r\n" },
    'recipients'        =>
      { on => 'mx', start => $envelope, more => "RCPT TO:<b\@example.org>\r\n" },
    'relaying'          =>
      { on => 'mx', start => $envelope, more => "RCPT TO:<b\@example.net>\r\n" },
    'empty chunks'      => { on => 'mx', start => $envelope, more => "BDAT 0\r\n" },
    'chunks of nobody'  => { on => 'mx', start => $ehlo, more => "BDAT 5 LAST\r\nhello" },
    'a huge chunk'      =>
      { on => 'mx', start => "${envelope}BDAT 999999999999\r\n", more => 'x' x 999, most => 8 * $mib },
    'a line without end' => { on => 'mx', more => 'x' x 1000, most => 4 * $mib },
    'a header without end' =>
      { on => 'mx', start => $data, more => "X: y\r\n", most => 4 * $mib },
    'a header line without end' =>
      { on => 'mx', start => "${data}Subject: ", more => 'x' x 1000, most => 4 * $mib },
    'a text without end' =>
      { on => 'mx', start => $in_text, more => "text\r\n", most => 8 * $mib },
    'wrong passwords'    => { on => 'clear', once => [$greets], answers => [$wrong] },
    'passwords at once'  => { on => 'clear', start => $ehlo, more => "$wrong\r\n" },
    'logins cancelled'   =>
      { on => 'clear', once => [$greets], answers => [ 'AUTH LOGIN', '*' ] },
    'HTTP'               => { on => 'mx', more => "GET / HTTP/1.1\r\nHost: x\r\n\r\n" },
    'noise'              => { on => 'mx', more => $noise },
    'noise for TLS'      => { on => 'submissions', more => $noise },
    'noise for a proxy'  => { on => 'proxied', more => $noise },
    'noise behind STARTTLS' => { on => 'mx', start => "${ehlo}STARTTLS\r\n", more => $noise },
    'handshakes'         =>
      { on => 'submissions', start => $hello, then => 'vanish', again => 5 },
);

my %ends = (
    'connect and close'   => { on => 'mx',          then => 'close',  again => 20 },
    'connect and reset'   => { on => 'submissions', then => 'vanish', again => 20 },
    'reset in a text'     =>
      { on => 'mx', start => "${in_text}text", then => 'vanish', again => 5 },
    'reset unread'        =>
      { on => 'mx', start => $ehlo x 100, reads => 'never', then => 'vanish', again => 5 },
    'half-close'          => { on => 'mx', start => "NOOP\r\n" x 2000, then => 'half_close' },
    'half-close in a text' => { on => 'mx', start => $in_text, then => 'half_close' },
    'half-close, not reading' =>
      { on => 'mx', start => $ehlo x 5000, reads => 'never', then => 'half_close' },
    'close under TLS'     =>
      { on => 'submissions', tls => 1, start => $ehlo, then => 'close', again => 3 },
    'no handshake'        => { on => 'submissions' },
    'half a handshake'    => { on => 'submissions', start => substr( $hello, 0, 100 ) },
    'a handshake that trickles' => { on => 'submissions', slowly => $hello },
    'no handshake behind STARTTLS' => { on => 'mx', once => [ $greets, 'STARTTLS' ] },
    'no proxy header'     => { on => 'proxied' },
    'half a proxy header' => { on => 'proxied', start => "\r\n\r\n\0\r\nQUIT\n\x21\x11" },
);

# name => row
sub kinds {
    my %named_floods = map { ( "flood: $_" => $floods{$_} ) } keys %floods;
    return ( %slow, %named_floods, %ends );
}

1;
