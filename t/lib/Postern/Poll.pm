# SPDX-License-Identifier: ISC
#
# Postern::Poll - waiting for something to become true, never longer than it takes.

package Postern::Poll;

use strict;
use warnings;
use Exporter qw(import);
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(poll_until $patience);

# Seconds.  Long, since machines that run tests are busy; only what fails takes so long.
our $patience = 30;

# Calls condition until it returns something true, and returns that; nothing if it stays false.
sub poll_until (&;$) {
    my ( $condition, $seconds ) = @_;
    my $deadline = time + ( $seconds // $patience );
    my $pause    = 0.002;
    while (1) {
        my $found = $condition->();
        return $found if $found;
        return if time > $deadline;
        sleep $pause;
        $pause = $pause * 2 if $pause < 0.05;
    }
}

1;
