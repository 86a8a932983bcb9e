#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/11-examples.t - the configurations in etc/examples can be used, and contrib/autoconfig tells
# mail programs of the same ports.

use strict;
use warnings;
use lib 't/lib';
use Test::More;

use Postern::Command qw(posternd run_command text_of);
use Postern::Site;

my $site     = Postern::Site->new( listeners => ['submission'] );
my @examples = sort glob 'etc/examples/*.conf';

# The example, with files of this site in place of those in /etc.
sub adapted {
    my ($path) = @_;
    my %file = ( cert => 'cert.pem', key => 'cert-key.pem', users => 'users' );
    my $text = text_of($path) =~ s{/etc/postern/(\w+)(?:\.pem)?}{$site->path( $file{$1} )}ger;
    return $site->write_file( $path =~ s{.*/}{}r, qq{user = "nobody";\n$text} );
}

# The listeners of an example, by their names, as posternd -T prints them.
sub listeners_of {
    my ($path) = @_;
    my ( $exit, $out, $errors ) = run_command( posternd(), '-T', '-c', adapted($path) );
    is( $exit, 0, "$path has settings" ) or diag($errors);
    my %listeners;
    for my $text ( $out =~ /\{\s*(name = .*?)\}/sg ) {
        my %is = $text =~ /(\w+) = "?([^";]*)"?;/g;
        $listeners{ $is{name} } = \%is;
    }
    return %listeners;
}

is_deeply( [ map { s{.*/}{}r } @examples ], [qw(appletalk.conf lan.conf loopback-only.conf mx.conf on-demand-link.conf)],
    'the examples are there' );
for my $path (@examples) {
    my ( $exit, undef, $errors ) = run_command( posternd(), '-t', '-c', adapted($path) );
    is( $exit, 0, "$path is in order" ) or diag($errors);
    like( text_of($path), qr/\A# \Q@{[ $path =~ s{.*\/}{}r ]}\E - /, '... and says what it is' );
    my %listeners = listeners_of($path);
    is( $listeners{local}{path}, '/run/postern/smtp.sock', '... and serves postern-sendmail' );
}

subtest 'what they promise' => sub {
    my %loopback = listeners_of('etc/examples/loopback-only.conf');
    is_deeply( [ grep { defined && !/^127\.0\.0\.1$/ } map { $_->{address} } values %loopback ],
        [], 'loopback-only.conf: nothing is on the network' );
    my %macs = listeners_of('etc/examples/appletalk.conf');
    is_deeply( [ grep { $_->{port} } values %macs ], [], 'appletalk.conf: TCP is off' );
    is_deeply( [ @{ $macs{macs} }{qw(auth mode)} ],
        [qw(appletalk 0600)], '... and nobody but the gateway can connect for a Mac' );
    my %lan = listeners_of('etc/examples/lan.conf');
    is_deeply( [ grep { $lan{$_}{auth} eq 'clients' } sort keys %lan ],
        ['devices'], 'lan.conf: devices alone need no password' );
    my %mx = listeners_of('etc/examples/mx.conf');
    is_deeply( [ grep { $mx{$_}{role} ne 'submission' } sort keys %mx ],
        ['mx'], 'mx.conf: strangers have one listener' );
    my %link = listeners_of('etc/examples/on-demand-link.conf');
    is_deeply( [ grep { ( $link{$_}{keep_ready} // '' ) eq 'false' } sort keys %link ],
        ['mx'], 'on-demand-link.conf: strangers come while the link is up' );
    is( $link{mx}{link}, 'uplink', '... which is that of the interface' );
    my ( undef, undef, $warnings ) = run_command( posternd(), '-t', '-c', adapted('etc/examples/on-demand-link.conf') );
    is( $warnings, '', '... and nothing brings it up' );
};

subtest 'autoconfig' => sub {
    my ( $exit, $out, $errors ) =
      run_command( 'python3', '-c', <<'END', 'contrib/autoconfig/config-v1.1.xml' );
import sys
from xml.etree import ElementTree
for server in ElementTree.parse(sys.argv[1]).getroot().iter('outgoingServer'):
    print(*(server.findtext(tag) for tag in
            ('hostname', 'port', 'socketType', 'authentication', 'username')))
END
    is( $exit, 0, 'it is well-formed' ) or return diag($errors);
    my %type      = ( implicit => 'SSL', starttls => 'STARTTLS' );
    my %listeners = listeners_of('etc/examples/lan.conf');
    is(
        $out,
        join( '',
            map { "mail.example.org $_->{port} $type{$_->{tls}} password-cleartext %EMAILLOCALPART%\n" }
              @listeners{qw(submissions submission)} ),
        'it names the ports of lan.conf, TLS from the start first'
    );
};

done_testing;
