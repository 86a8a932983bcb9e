# SPDX-License-Identifier: ISC
#
# Postern::Sendmail - runs postern-sendmail, and knows what it adds to a message.

package Postern::Sendmail;

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use Test::More ();

use Postern::Command qw(run_command text_of);

our @EXPORT_OK = qw(sendmail_program sendmail complaints_of_sendmail author mail_domain completed);

# The path of the postern-sendmail to test.
sub sendmail_program {
    my $program = $ENV{POSTERN_SENDMAIL}
      // ( $ENV{POSTERN_BUILD} // 'build' ) . '/postern-sendmail';
    -x $program or Test::More::BAIL_OUT("$program is missing; run make first");
    return abs_path($program);
}

# Exit code, standard output, standard error; with the socket that the daemon's configuration has.
sub sendmail {
    my ( $daemon, $text, @arguments ) = @_;
    return run_command( { input => $text }, sendmail_program(), '-C', $daemon->config, @arguments );
}

sub complaints_of_sendmail {
    my ( $exit, $out, $errors ) = sendmail(@_);
    return $exit || $out ne '' || $errors ne '' ? "exit $exit\n$out$errors" : '';
}

# The domain of addresses that have none.
sub mail_domain {
    my ($name) = text_of('/etc/mailname') =~ /\A\s*(\S+)/;
    return lc( $name // 'mail.example.org' );
}

# Who runs the tests: login, address, and the value of From.
sub author {
    my ( $login, $gecos ) = ( getpwuid $> )[ 0, 6 ];
    my $address = "$login\@" . mail_domain();
    my $name    = ( split /,/, $gecos // '' )[0] // '';
    $name = qq{"$name"} if $name =~ /[^A-Za-z0-9 ]/;
    return ( $login, $address, $name eq '' ? $address : "$name <$address>" );
}

# A pattern for text with the fields in front that the server adds.
sub completed {
    my ($text) = @_;
    return qr/\ADate: .*\nMessage-ID: <\S+\@mail\.example\.org>\n\Q$text\E\z/;
}

1;
