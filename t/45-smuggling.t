#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/45-smuggling.t - RFC 5321 2.3.8, 4.1.1.4: nothing but CRLF.CRLF ends a text, however it is cut.
#
# Every string of CR, LF, NUL and dots up to some length stands between a text and what would be a
# second message if the string ended the first (CVE-2023-51764).  A model says what must be replied
# and what must lie in the spool.

use strict;
use warnings;
use lib 't/lib';
use Socket qw(:DEFAULT IPPROTO_TCP TCP_NODELAY SO_RCVTIMEO);
use Test::More;

use Postern::Daemon;
use Postern::Model qw(outcome_of);
use Postern::Poll qw(poll_until $patience);

$SIG{PIPE} = 'IGNORE';    ## no critic: the server may have closed before all is sent

my $at_once     = 32;     # connections
my $most_faults = 5;      # that are shown
my $has_read_text = qr/^(?:354 |\d{3} .*octets received|5)/m;
my $smuggled =
    "MAIL FROM:<evil\@example.net>\r\nRCPT TO:<victim\@example.org>\r\nDATA\r\n"
  . "Subject: evil\r\n\r\nevil\r\n.\r\n";
my %name_of = ( "\r" => 'CR', "\n" => 'LF', "\0" => 'NUL', '.' => 'dot' );

my $daemon = Postern::Daemon->new(
    listeners => ['mx'],
    settings  => {
        'limits.errors'        => '1000',
        'limits.idle_commands' => '100000',
    }
)->start;
my $address = sockaddr_in( $daemon->place_of('mx'), inet_aton('127.0.0.1') );

# All strings of so many elements.
sub strings_of {
    my ($length) = @_;
    my @strings = ('');
    for ( 1 .. $length ) {
        @strings = map {
            my $string = $_;
            map { $string . $_ } "\r", "\n", "\0", '.'
        } @strings;
    }
    return @strings;
}

sub strings_up_to { return map { strings_of($_) } 0 .. shift }

sub shown {
    my ($string) = @_;
    return join ' ', map { $name_of{$_} // $_ } split //, $string;
}

# What opens a message by DATA.
sub opening {
    my ($parameters) = @_;
    return "MAIL FROM:<a\@example.net>$parameters\r\nRCPT TO:<b\@example.org>\r\nDATA\r\n";
}

# One session.  It is sent in pieces, cut at these places of its octets.
#   title, octets, cuts
sub case_of {
    my ( $title, $octets, @cuts ) = @_;
    $octets = "EHLO client.example\r\n$octets";
    my ( @pieces, $from );
    for my $cut ( map { $_ + length "EHLO client.example\r\n" } @cuts ) {
        push @pieces, substr $octets, $from // 0, $cut - ( $from // 0 );
        $from = $cut;
    }
    push @pieces, substr $octets, $from // 0;
    return { title => "$title, cut at @cuts", octets => $octets, pieces => \@pieces };
}

# A session with one message, text and string and what is to be smuggled: whole, and cut at each
# octet about the string.
sub cases_by_data {
    my ( $text, $string, $parameters ) = @_;
    my $before = opening($parameters) . $text;
    my $octets = "$before$string${smuggled}QUIT\r\n";
    my $first  = length($before) - ( length $text ? 1 : 0 );
    my @cuts   = $first .. length( $before . $string ) + 1;
    my $title  = 'DATA ' . shown($string);
    return case_of( $title, $octets ), map { case_of( $title, $octets, $_ ) } @cuts;
}

sub connect_and_send {
    my ($case) = @_;
    socket( my $socket, PF_INET, SOCK_STREAM, 0 ) or die "socket: $!\n";
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
    setsockopt $socket, SOL_SOCKET, SO_RCVTIMEO, pack( 'l!l!', $patience, 0 );
    connect( $socket, $address ) or die "connect: $!\n";
    @$case{qw(socket got)} = ( $socket, '' );
    send_piece( $case, 0 );
    return;
}

sub send_piece {
    my ( $case, $number ) = @_;
    return syswrite $case->{socket}, $case->{pieces}[$number];
}

# Reads until pattern has come, or to the end.
sub read_until {
    my ( $case, $pattern ) = @_;
    while ( $case->{got} !~ $pattern ) {
        my $read = sysread $case->{socket}, $case->{got}, 65536, length $case->{got};
        last if !$read;
    }
    return;
}

# The server has read the first piece to its end when it replies to what is in it: so the next one
# comes by itself.
sub play {
    my (@cases) = @_;
    connect_and_send($_) for @cases;
    for my $case (@cases) {
        my $last = $#{ $case->{pieces} };
        read_until( $case, $has_read_text ) if $last > 0;
        send_piece( $case, $_ ) for 1 .. $last;
    }
    for my $case (@cases) {
        read_until( $case, qr/(?!)/ );
        close $case->{socket};
    }
    return;
}

sub replies_in {
    my ($got) = @_;
    return grep { !/^\d{3}-/ } split /\r\n/, $got;
}

# What is wrong with the replies; nothing if they are as expected.
sub fault_of_replies {
    my ( $case, $expected ) = @_;
    my @got = replies_in( $case->{got} );
    shift @got;    # the greeting
    my @wanted = @{ $expected->{replies} };
    my $fits   = @got == @wanted && !grep { index( $got[$_], $wanted[$_] ) != 0 } 0 .. $#wanted;
    return $fits ? () : "$case->{title}: got [@got], expected [@wanted]";
}

# Takes what is in the spool, as a text that can be compared; waits for so many.
sub take_messages {
    my ($expected) = @_;
    my $spool      = $daemon->spool;
    my @messages   = map { message_text( $_->{from}, $_->{text} ) } $spool->messages($expected);
    unlink map { $daemon->path("spool/new/$_") } $spool->names_in('new');
    return join "\n", sort @messages;
}

sub message_text {
    my ( $from, $text ) = @_;
    return "<$from> " . join '', map { $name_of{$_} ? "[$name_of{$_}]" : $_ } split //, $text;
}

# Plays so many at once; returns what was wrong.
sub faults_of_group {
    my (@cases)   = @_;
    my @outcomes  = map { outcome_of( $_->{octets} ) } @cases;
    play(@cases);
    my @faults    = map { fault_of_replies( $cases[$_], $outcomes[$_] ) } 0 .. $#cases;
    my @wanted    = map { message_text(@$_) } map { @{ $_->{messages} } } @outcomes;
    my $in_spool  = take_messages( scalar @wanted );
    my $should_be = join "\n", sort @wanted;
    push @faults, "$cases[0]{title} and so on: in the spool:\n$in_spool\nexpected:\n$should_be"
      if $in_spool ne $should_be;
    return @faults;
}

sub are_as_expected {
    my ( $what, @cases ) = @_;
    my $count = @cases;
    my @faults;
    while ( @faults < $most_faults && ( my @group = splice @cases, 0, $at_once ) ) {
        push @faults, faults_of_group(@group);
    }
    ok( !@faults, "$what ($count sessions)" ) or diag( join "\n", @faults );
    return;
}

sub nothing_is_left {
    return ok( poll_until { !$daemon->spool->names_in('tmp') }, 'nothing is left in tmp/' );
}

# So that a model that has gone blind cannot agree with a daemon that has.
subtest 'the model' => sub {
    my $ends = opening('') . "text\r\n.\r\n${smuggled}QUIT\r\n";
    is( scalar @{ outcome_of($ends)->{messages} }, 2, 'CRLF.CRLF ends a text' );
    my %refused = ( "\n.\n" => 550, "\n.\r\n" => 550, "\r.\r" => 550, "\r\n.\n" => 550 );
    for my $string ( sort keys %refused ) {
        my $outcome = outcome_of( opening('') . "text$string$smuggled" );
        is( $outcome->{replies}[-1], '550 5.5.2', shown($string) . ' is refused' );
        ok( $outcome->{is_closed} && !@{ $outcome->{messages} }, 'and ends the session' );
    }
};

subtest 'between a text and what is no second message' => sub {
    my $text = "Subject: x\r\n\r\ntext";
    for my $length ( 0 .. 5 ) {
        are_as_expected( "$length octets",
            map { cases_by_data( $text, $_, '' ) } strings_of($length) );
    }
    are_as_expected( '6 octets, cut in the middle',
        map { ( cases_by_data( $text, $_, '' ) )[ 0, 5 ] } strings_of(6) );
    nothing_is_left();
};

subtest 'elsewhere' => sub {
    my %places = (
        'at the start of the text' => '',
        'in the header'            => 'Subject: x',
        'behind the header'        => "Subject: x\r\n",
        'behind a dot'             => "Subject: x\r\n\r\n..",
    );
    for my $place ( sort keys %places ) {
        are_as_expected( $place, map { cases_by_data( $places{$place}, $_, '' ) } strings_up_to(4) );
    }
    are_as_expected( 'in a text of 8 bits',
        map { cases_by_data( "Subject: x\r\n\r\n\xe4", $_, ' BODY=8BITMIME' ) } strings_up_to(4) );
    nothing_is_left();
};

subtest 'cut at every octet at once' => sub {
    are_as_expected(
        'octets one by one',
        map {
            my $before = opening('') . 'text';
            case_of( shown($_), "$before$_${smuggled}QUIT\r\n",
                length($before) .. length( $before . $_ ) + 10 )
        } strings_up_to(4)
    );
    nothing_is_left();
};

# What one text leaves behind must not change what becomes of the next.
subtest 'many in one session' => sub {
    my @survive = grep {
        !outcome_of( opening('') . "text$_$smuggled" )->{is_closed}
    } strings_up_to(6);
    my $octets = join '', map { opening('') . "text$_$smuggled" } @survive;
    my $title  = scalar(@survive) . ' strings that end no session';
    my @at     = map { int( $_ * length($octets) / 50 ) } 1 .. 49;
    are_as_expected( $title, case_of( $title, "${octets}QUIT\r\n" ),
        case_of( $title, "${octets}QUIT\r\n", @at ) );
};

# A session with one message in two chunks, cut there; the pieces are cut elsewhere.
sub cases_by_bdat {
    my ( $string, $body ) = @_;
    my $begin  = "MAIL FROM:<a\@example.net> BODY=$body\r\nRCPT TO:<b\@example.org>\r\n";
    my $before = "Subject: x\r\n\r\ntext";
    my $text   = "$before$string$smuggled";
    my $title  = "BDAT $body " . shown($string);
    my @cases  = case_of( $title, $begin . chunk( $text, ' LAST' ) . "QUIT\r\n" );
    for my $cut ( length($before) .. length( $before . $string ) + 1 ) {
        my $first = $begin . chunk( substr( $text, 0, $cut ), '' );
        my $last  = chunk( substr( $text, $cut ), ' LAST' );
        push @cases, case_of( "$title, chunks of $cut and more",
            "$first${last}QUIT\r\n", length($first), length($first) + length($last) - 1 );
    }
    return @cases;
}

sub chunk {
    my ( $octets, $last ) = @_;
    return 'BDAT ' . length($octets) . "$last\r\n$octets";
}

subtest 'in chunks' => sub {
    for my $body (qw(7BIT 8BITMIME BINARYMIME)) {
        are_as_expected( $body, map { cases_by_bdat( $_, $body ) } strings_up_to(4) );
    }
    nothing_is_left();
};

# RFC 3030 3: a server that took this text by DATA would have to find the dot in it.
subtest 'what is binary does not come by DATA' => sub {
    are_as_expected( 'BINARYMIME',
        map { cases_by_data( 'text', $_, ' BODY=BINARYMIME' ) } strings_up_to(2) );
};

done_testing;
