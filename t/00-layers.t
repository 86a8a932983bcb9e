#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/00-layers.t - whether the sources keep to the layers, and their files to the form.
#
# Arrows point one way: a folder includes only folders of lower tiers, and none of its own tier.

use strict;
use warnings;
use File::Basename qw(dirname);
use File::Find qw(find);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More;

my %tier = (
    base   => 0,
    mail   => 1, net    => 1, adsp  => 1,
    smtp   => 2, auth   => 2, spool => 2, conf => 2,
    policy => 3, sandbox => 3,
    server => 4, gateway => 4,
    control => 5,
    daemon => 6, ctl => 6, sendmail => 6, appletalk => 6,
);

# Foreign headers that only some folders may know.
my %users_of = (
    'event2/'     => ['net'],
    'libmnl/'     => ['net'],
    'openssl/'    => ['net'],
    'libconfig.h' => ['conf'],
    'gsasl.h'     => ['auth'],
    'crypt.h'     => ['auth'],
    'idn2.h'      => ['mail'],
    'seccomp.h'   => ['sandbox'],
    'config.h'    => [ 'daemon', 'ctl', 'appletalk' ],    # build/config.h
);

my %most_lines   = ( cpp => 400, h => 250 );
my $most_columns = 100;

# ---- The rules.  Each looks at one file and returns its faults.

# A file: its path within the tree, what that begins with, its lines and what it includes.
sub read_source {
    my ( $root, $path ) = @_;
    open( my $in, '<:encoding(UTF-8)', "$root/$path" ) or die "$path: $!\n";
    chomp( my @lines = <$in> );
    my ($name) = $path =~ m{^src/(.*)};
    return {
        root     => $root,
        path     => $path,
        name     => $name // $path,                               # as includes write it
        folder   => defined $name ? dirname($name) : undef,       # undef outside src
        lines    => \@lines,
        includes => [ map { /^\s*#\s*include\s*[<"]([^>"]+)[>"]/ ? $1 : () } @lines ],
    };
}

sub faults_of_arrows {
    my ($file) = @_;
    my $from = $file->{folder} // return;
    return "folder $from has no tier; give it one in t/00-layers.t" if !exists $tier{$from};
    my @faults;
    for my $include ( @{ $file->{includes} } ) {
        my ($to) = $include =~ m{^(\w+)/};
        next if !defined $to || !exists $tier{$to} || $to eq $from;
        next if $tier{$to} < $tier{$from};
        push @faults, "includes $include, but $from may not know $to";
    }
    return @faults;
}

sub faults_of_foreign_headers {
    my ($file) = @_;
    my $from = $file->{folder} // return;
    my @faults;
    for my $include ( @{ $file->{includes} } ) {
        for my $header ( sort keys %users_of ) {
            next if $header =~ m{/$} ? index( $include, $header ) != 0 : $include ne $header;
            next if grep { $_ eq $from } @{ $users_of{$header} };
            push @faults, "includes $include, which is for @{ $users_of{$header} } only";
        }
    }
    return @faults;
}

# In src, "folder/file.h" is the one form; it never depends on where the including file lies.
sub faults_of_form_of_includes {
    my ($file) = @_;
    return if !defined $file->{folder};
    my @faults;
    for my $line ( @{ $file->{lines} } ) {
        my ($include) = $line =~ /^\s*#\s*include\s*"([^"]+)"/ or next;
        next if $include eq 'config.h';
        push @faults, "includes $include, which is not in src"
          if $include !~ m{^\w+/\w+\.h$} || !-e "$file->{root}/src/$include";
    }
    return @faults;
}

sub faults_of_head {
    my ($file) = @_;
    my @head = ( @{ $file->{lines} }, '', '', '' );
    my @faults;
    push @faults, 'line 1 is not: // SPDX-License-Identifier: ISC'
      if $head[0] ne '// SPDX-License-Identifier: ISC';
    push @faults, "line 3 is not: // $file->{name} - what it is"
      if $head[1] ne '//' || $head[2] !~ m{^// \Q$file->{name}\E - \S};
    push @faults, 'has no #pragma once'
      if $file->{path} =~ /\.h$/ && !grep { $_ eq '#pragma once' } @head;
    return @faults;
}

sub faults_of_size {
    my ($file) = @_;
    my ($kind) = $file->{path} =~ /\.(\w+)$/;
    my $count = @{ $file->{lines} };
    my @faults;
    push @faults, "$count lines, more than $most_lines{$kind}; split it by subject"
      if $count > $most_lines{$kind};
    for my $number ( 1 .. $count ) {
        push @faults, "line $number is longer than $most_columns columns"
          if length $file->{lines}[ $number - 1 ] > $most_columns;
    }
    return @faults;
}

my %rules = (
    'arrows point one way'                  => \&faults_of_arrows,
    'foreign headers stay in their folders' => \&faults_of_foreign_headers,
    'includes name folder and file'         => \&faults_of_form_of_includes,
    'files begin by saying what they are'   => \&faults_of_head,
    'files and lines are short'             => \&faults_of_size,
);

# All sources below the tree's src and t, in order.
sub sources_of {
    my ($root) = @_;
    my @paths;
    my $note = sub { push @paths, $_ if -f && /\.(cpp|h)$/ };
    find( { wanted => $note, no_chdir => 1 }, grep { -d } "$root/src", "$root/t" );
    return map { read_source( $root, $_ ) } sort map { substr $_, length("$root/") } @paths;
}

sub faults_of {
    my ( $rule, @files ) = @_;
    return map {
        my $path = $_->{path};
        map { "$path: $_" } $rule->($_);
    } @files;
}

# ---- That each rule can fail.

# A tree with this one file, and base/text.h to include.
sub tree_with {
    my ( $path, @lines ) = @_;
    my $root = tempdir( CLEANUP => 1 );
    my %files = ( 'src/base/text.h' => ['#pragma once'], $path => \@lines );
    for my $name ( keys %files ) {
        make_path( dirname("$root/$name") );
        open( my $out, '>', "$root/$name" ) or die "$root/$name: $!\n";
        print $out map { "$_\n" } @{ $files{$name} };
        close $out or die "$root/$name: $!\n";
    }
    return grep { $_->{path} eq $path } sources_of($root);
}

sub catches {
    my ( $rule, $fault, $path, @lines ) = @_;
    my @faults = faults_of( $rules{$rule}, tree_with( $path, @lines ) );
    is( "@faults", $fault eq '' ? '' : "$path: $fault", $fault || "no fault in $path: $rule" );
}

my @good_head = ( '// SPDX-License-Identifier: ISC', '//', '// mail/a.h - an example.' );

subtest 'each rule finds what it forbids' => sub {
    my $rule = 'arrows point one way';
    catches( $rule, 'includes mail/reply.h, but base may not know mail',
        'src/base/a.h', '#include "mail/reply.h"' );
    catches( $rule, 'includes net/loop.h, but mail may not know net',
        'src/mail/a.cpp', '#include "net/loop.h"' );
    catches( $rule, 'includes spool/xtext.h, but smtp may not know spool',
        'src/smtp/a.cpp', '#  include "spool/xtext.h"' );
    catches( $rule, 'includes server/worker.h, but policy may not know server',
        'src/policy/a.cpp', '#include <server/worker.h>' );
    catches( $rule, 'folder other has no tier; give it one in t/00-layers.t', 'src/other/a.cpp' );
    catches( $rule, '', 'src/smtp/b.cpp', '#include "smtp/a.h"', '#include "mail/reply.h"' );

    $rule = 'foreign headers stay in their folders';
    catches( $rule, 'includes event2/event.h, which is for net only',
        'src/server/a.cpp', '#include <event2/event.h>' );
    catches( $rule, 'includes openssl/ssl.h, which is for net only',
        'src/auth/a.cpp', '#include <openssl/ssl.h>' );
    catches( $rule, 'includes libconfig.h, which is for conf only',
        'src/server/a.cpp', '#include <libconfig.h>' );
    catches( $rule, 'includes crypt.h, which is for auth only',
        'src/conf/a.cpp', '#include <crypt.h>' );
    catches( $rule, '', 'src/auth/a.cpp', '#include <crypt.h>', '#include "my/crypt.h"' );

    $rule = 'includes name folder and file';
    catches( $rule, 'includes text.h, which is not in src', 'src/base/a.cpp', '#include "text.h"' );
    catches( $rule, 'includes base/gone.h, which is not in src',
        'src/base/a.cpp', '#include "base/gone.h"' );
    catches( $rule, '', 'src/daemon/a.cpp', '#include "base/text.h"', '#include "config.h"' );

    $rule = 'files begin by saying what they are';
    catches( $rule, 'line 1 is not: // SPDX-License-Identifier: ISC',
        'src/mail/a.h', '// Mine', @good_head[ 1, 2 ], '#pragma once' );
    catches( $rule, 'line 3 is not: // mail/b.cpp - what it is', 'src/mail/b.cpp', @good_head );
    catches( $rule, 'has no #pragma once', 'src/mail/a.h', @good_head );
    catches( $rule, '', 'src/mail/a.h', @good_head, '', '#pragma once' );

    $rule = 'files and lines are short';
    catches( $rule, '401 lines, more than 400; split it by subject', 'src/mail/a.cpp', ('') x 401 );
    catches( $rule, '251 lines, more than 250; split it by subject', 'src/mail/a.h', ('') x 251 );
    catches( $rule, 'line 2 is longer than 100 columns', 'src/mail/a.h', '', 'x' x 101 );
    catches( $rule, '', 'src/mail/a.h', 'x' x 100, ('') x 249 );
};

# ---- The sources.

my @files = sources_of('.');
cmp_ok( scalar @files, '>', 20, 'the sources are found' );
for my $rule ( sort keys %rules ) {
    my @faults = faults_of( $rules{$rule}, @files );
    ok( !@faults, $rule ) or diag( map { "$_\n" } @faults );
}

done_testing;
