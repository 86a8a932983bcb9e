#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/03-rfc-index.t - sources, tests and contrib/rfc-status agree on what is done of each RFC.
#
# contrib/rfc-index -c finds the faults; that it does is shown with trees that have one each.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More;

my $index = abs_path('contrib/rfc-index');

# What contrib/rfc-index prints, and whether it was content.
sub output_of {
    my @arguments = @_;
    open( my $out, '-|', $^X, $index, @arguments ) or die "$index: $!\n";
    my $text = do { local $/; <$out> } // '';
    return ( $text, close $out );
}

# A small tree that is in order, but for these files; undef takes a file away.
sub tree_with {
    my (%files) = @_;
    my %tree = (
        'contrib/rfc-status'   => "RFC 5321: SMTP\n5321 4.5.2 Transparency | yes |\n",
        'src/smtp/a.cpp'       => "// Takes dots away (RFC 5321 4.5.2).\n",
        't/dialog/a.smtp'      => "# RFC 5321 4.5.2: dots are taken away.\n",
        %files
    );
    my $root = tempdir( CLEANUP => 1 );
    for my $path ( grep { defined $tree{$_} } keys %tree ) {
        make_path( dirname("$root/$path") );
        open( my $out, '>', "$root/$path" ) or die "$root/$path: $!\n";
        print $out $tree{$path};
        close $out or die "$root/$path: $!\n";
    }
    return $root;
}

sub finds {
    my ( $faults, $name, %files ) = @_;
    my ( $text, $is_content ) = output_of( '-c', tree_with(%files) );
    is( $text =~ s/^contrib\/rfc-status: //gmr, $faults, $name );
    is( $is_content ? 1 : 0, $faults eq '' ? 1 : 0, '... and ends accordingly' );
    return;
}

my $status = "RFC 5321: SMTP\nRFC 2034: Codes\nPROXY protocol: PROXY\nXCLIENT: XCLIENT\n";
my $entry  = "5321 4.5.2 Transparency | yes |\n";

subtest 'each kind of fault is found' => sub {
    finds( '', 'nothing, where all is well' );

    finds( "t/dialog/b.smtp: line 1 is not: # RFC 5321 4.5.2: what must be true\n", "title: $_",
        'contrib/rfc-status' => "$status$entry", 't/dialog/b.smtp' => "$_\nC: RFC 5321 4.5.2\n" )
      for '# Dots are taken away.', '# RFC 5321: dots.', '# Dots (RFC 5321 4.5.2).', 'S: 220',
      '# RFC 5321 4.5.2', '# PROXY protocol: dots.';
    finds( '', "title: $_", 'contrib/rfc-status' => "$status$entry", 't/dialog/b.smtp' => "$_\n" )
      for '# RFC 2034, RFC 5321 4.5.2: dots.', '# RFC 5321 4.1.1.3, C: a route.',
      '# PROXY protocol 2.1: a line.', '# XCLIENT: an address.', '# CVE-2023-51764: dots.';

    finds( "RFC 5321 4.5.2 is named in no code\n", 'no code', 'src/smtp/a.cpp' => undef );
    finds( "RFC 5321 4.5.2 is named in no test\n", 'no test', 't/dialog/a.smtp' => undef );
    finds( '', "near enough: $_", 'src/smtp/a.cpp' => "// RFC 5321 $_\n" )
      for '4.5', '4.5.2.1', '4.1, 4.5.2', "2.3.8,\n// 4.5.2";
    finds( "RFC 5321 4.5.2 is named in no code\n", "too far: $_", 'src/smtp/a.cpp' => "// $_\n" )
      for 'RFC 5321', 'RFC 5321 4', 'RFC 5321 4.5.20', 'RFC 5321 4.5.1';
    finds( '', 'what is not done or not tested needs neither',
        'contrib/rfc-status' => $status . <<'END', 'src/smtp/a.cpp' => undef );
5321 4.5.2 Transparency | yes (untested) | soon
5321 4.1.1.7 EXPN | no | answered 502
2034 - Enhanced codes | part | some
END
    finds( "RFC 5321 4.5.2 is tested now\n", 'what is tested now is so',
        'contrib/rfc-status' => $status . $entry =~ s/yes/yes (untested)/r );

    finds( "line 3: RFC 5231 has no title\n", 'no title',
        'contrib/rfc-status' => "RFC 5321: SMTP\n${entry}5231 3 Sieve | no | never\n" );
    finds( "RFC 5231, which is referred to, has no title\n", 'no title of a reference',
        'src/smtp/b.h' => "// RFC 5231 3\n" );
    finds( "line 2: RFC 5321 has a title already\n", 'two titles',
        'contrib/rfc-status' => "RFC 5321: SMTP\nRFC 5321: SMTP\n" );
    finds( "line 6: RFC 5321 4.5.2 stands there twice\n", 'a section twice',
        'contrib/rfc-status' => "$status$entry$entry" );
    finds( "line 6: does not say why\n", 'no reason',
        'contrib/rfc-status' => "$status${entry}5321 4.1.1.7 EXPN | no |\n" );
    finds( "line 6: is not: 5321 4.1.1.6 VRFY | yes, part or no | why\n", "no entry: $_",
        'contrib/rfc-status' => "$status$entry$_\n" )
      for '5321 4.1.1.7 EXPN | perhaps | ', '5321 EXPN | no | why', '5321 4.1.1.7 EXPN: no';

    finds( "src/smtp/b.h: \"$_\": write RFC 5321 4.5.2\n", "malformed: $_",
        'src/smtp/b.h' => "// See $_ there.\n" )
      for 'RFC5321', 'rfc5321', 'RFC-5321', 'rfc 5321', 'RFC 5321 section', 'RFC 5321, Section',
      'RFC 5321 Appendix', 'section 4.5 of RFC', 'RFCs 5321';
    finds( '', "well-formed: $_", 'src/smtp/b.h' => "// $_\n" )
      for 'message/rfc822', 'rfc822;a@b.example', 'RFC 5321 appendix C', 'the RFCs', 'RFC 5321\'s';
};

subtest 'the index' => sub {
    my ( $text, $is_content ) = output_of( tree_with( 'man/a.8' => "That of RFC\n5321 4.5.2.\n" ) );
    ok( $is_content, 'is made' );
    my @lines = map { s/^ +| +$//gr } split /\n/, $text;
    my %line  = map { $_ => 1 } @lines;
    ok( $line{$_}, "has: $_" )
      for 'RFC 5321  SMTP', '4.5.2      yes   Transparency', 'code  src/smtp/a.cpp',
      'test  t/dialog/a.smtp', 'man   man/a.8';
};

my ( $faults, $is_content ) = output_of('-c');
ok( $is_content, 'references, dialogs and contrib/rfc-status are in order' ) or diag($faults);

done_testing;
