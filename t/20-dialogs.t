#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/20-dialogs.t - posternd answers as the transcripts in t/dialog say.
#
# With arguments, runs these files only:  prove -It/lib t/20-dialogs.t :: t/dialog/40-data.smtp

use strict;
use warnings;
use lib 't/lib';
use Test::More;

use Postern::Daemon;
use Postern::Dialog;

my @listeners = qw(submission submissions clear lan mx both login local);
push @listeners, qw(lmtp delayed proxied xclient device);
my %settings  = (
    'limits.recipients'   => '100',
    'limits.message_size' => '"64 KiB"',
    'limits.header_size'  => '"8 KiB"',
    'limits.hops'         => '30',
);
my %daemons;    # by what a dialog sets

sub daemon_for {
    my ($dialog) = @_;
    my %wanted   = ( %settings, %{ $dialog->settings } );
    my $key      = join "\n", map { "$_ = $wanted{$_}" } sort keys %wanted;
    return $daemons{$key} //=
      Postern::Daemon->new( listeners => \@listeners, settings => \%wanted )->start;
}

my @files = @ARGV ? @ARGV : sort glob 't/dialog/*.smtp';
plan tests => 1 + @files;
ok( scalar @files, 'there are dialogs' );

for my $file (@files) {
    my $dialog = Postern::Dialog->read_file($file);
    my $daemon = daemon_for($dialog);
    my $mark   = $daemon->mark;
    my $fault  = $dialog->run($daemon);
    ok( !$fault, "$file - " . $dialog->title );
    diag( $fault, "the daemon's log:\n", substr( $daemon->log, $mark ) ) if $fault;
}
