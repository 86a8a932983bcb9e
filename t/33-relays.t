#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/33-relays.t - Exim and Postfix pass mail on to Postern, with PIPELINING, BDAT, DSN, TLS and
# LMTP; each message comes out whole and once.

use strict;
use warnings;
use lib 't/lib';
use Test::More;

use Postern::Daemon;
use Postern::Exim;
use Postern::MailProgram qw(delivers);
use Postern::Postfix;
use Postern::Recorder;

my $messages = 20;
my $domain   = 'example.net';
my $sender   = 'alice@example.org';

my $daemon = Postern::Daemon->new(
    listeners => [
        qw(lan lmtp),
        { name => '"starttls"', tls => '"starttls"', auth => '"clients"' },
        {
            name     => '"lmtp_local"',
            protocol => '"lmtp"',
            auth     => '"peer"',
            tls      => '"none"',
            on_path  => 1,
        },
    ]
)->start;
chmod 0711, $daemon->path('');    # the Postfix that uses the socket is not root

# ---- What is sent

# Texts with dots, some with octets above 127, one of more than 1 MB.
sub text_of_message {
    my ( $batch, $number ) = @_;
    my $text = <<"END";
From: Alice <$sender>
To: Bob <bob\@$domain>
Subject: $batch $number
Date: Wed, 25 Nov 2026 12:00:00 +0000
Message-ID: <$batch.$number\@client.example>

.
..
.a line that begins with a dot
MAIL FROM:<mallory\@$domain>
BDAT 3 LAST

END
    $text .= "Gr\xc3\xbc\xc3\x9fe, \xff\xfe\x80\xa0\n.\n" x $number if is_8bit($number);
    $text .= join '', map { ".line $_ " . 'x' x ( $_ % 900 ) . "\n" } 1 .. 2500
      if $number == $messages;
    return "$text.\nthe end\n";
}

sub is_8bit { return $_[0] % 3 == 0 }

# The first of them wants notifications of success, the second none.
sub recipients_of {
    my ($number) = @_;
    my @wishes = ( 'SUCCESS,FAILURE', 'NEVER', 'DELAY', 'FAILURE' );
    return map { [ "to-$number-$_\@$domain", $wishes[ $_ - 1 ] ] } 1 .. 1 + $number % @wishes;
}

sub script_of {
    my ($batch) = @_;
    return join '', map { "$_\r\n" } 'EHLO client.example',
      ( map { commands_of( $batch, $_ ) } 1 .. $messages ), 'QUIT';
}

sub commands_of {
    my ( $batch, $number ) = @_;
    my $text = text_of_message( $batch, $number );
    $text =~ s/^\./../gm;
    $text =~ s/\n/\r\n/g;
    return (
        "MAIL FROM:<$sender> RET=HDRS ENVID=$batch-$number"
          . ( is_8bit($number) ? ' BODY=8BITMIME' : '' ),
        ( map { "RCPT TO:<$_->[0]> NOTIFY=$_->[1]" } recipients_of($number) ),
        'DATA',
        "$text."
    );
}

# ---- What has come

# words: those of the envelope that a message must have, by its number.
sub check_batch {
    my ( $batch, $words, %before ) = @_;
    my %times;
    my @messages = $daemon->spool->messages( $messages + %before );
    for my $message ( grep { !$before{ $_->{name} } } @messages ) {
        my ($number) = $message->{text} =~ /^Message-ID: <\Q$batch\E\.(\d+)\@/m;
        $number //= 0;
        $times{$number}++;
        next if $number == 0;
        my @faults = faults_of( $message, $batch, $number, $words->($number) );
        is( "@faults", '', "message $number is as it was" );
    }
    is_deeply( \%times, { map { $_ => 1 } 1 .. $messages }, 'each has come once' );
    return;
}

# Words of the envelope that are not these.
sub words_besides {
    my ( $message, %words ) = @_;
    my $got = $message->{words};
    return map { "$_=" . ( $got->{$_} // '' ) } grep { ( $got->{$_} // '' ) ne $words{$_} }
      sort keys %words;
}

# A relay puts Received in front of the text, and may sort the recipients.
sub faults_of {
    my ( $message, $batch, $number, $words ) = @_;
    my $text   = text_of_message( $batch, $number );
    my %wishes = map { $_->[0] => "notify=$_->[1]" } recipients_of($number);
    my %noted;
    @noted{ @{ $message->{recipients} } } = map { s/ orcpt=.*//r } @{ $message->{notes} };
    my @faults;
    push @faults, "it is from $message->{from}" if $message->{from} ne $sender;
    push @faults, 'recipients: ' . join ', ', %noted
      if @{ $message->{recipients} } != keys %wishes
      || grep { ( $noted{$_} // '' ) ne $wishes{$_} } keys %wishes;
    push @faults, 'the text is another'
      if $message->{text} !~ /\A(?:Received: .*\n(?:\s.*\n)*)+\Q$text\E\z/;
    push @faults, words_besides( $message, %$words );
    return @faults;
}

# Takes the messages of a batch and passes them on.
sub relay_batch {
    my ( $batch, $relay, $words ) = @_;
    my %before = map { $_ => 1 } $daemon->spool->names_in('new');
    $relay->submit( script_of($batch) );
    $relay->pass_on;
    is( $relay->queue_length, 0, 'nothing is left in its queue' );
    check_batch( $batch, $words, %before );
    return;
}

# ---- Exim

# Lines "=>" and "->" of its log, and how many of them have these flags.
sub deliveries_with {
    my ( $log, @flags ) = @_;
    my @lines = grep { / [-=]> / } split /\n/, $log;
    return ( scalar @lines, scalar grep { has_all( $_, @flags ) } @lines );
}

sub has_all {
    my ( $line, @flags ) = @_;
    return !grep { $line !~ / \Q$_\E/ } @flags;
}

my $deliveries = map { recipients_of($_) } 1 .. $messages;

sub exim {
    my ( $batch, $port, $with, $flags, @options ) = @_;
    my $relay = Postern::Exim->new( $port, @options );
    relay_batch( $batch, $relay,
        sub { return { with => $with, ret => 'HDRS', envid => "$batch-$_[0]" } } );
    is_deeply( [ deliveries_with( $relay->log, @$flags ) ],
        [ $deliveries, $deliveries ], "each delivery has @$flags in its log" );
    return;
}

SKIP: {
    my $obstacle = Postern::Exim->obstacle;
    skip "there is no Exim: $obstacle", 4 if $obstacle;

    subtest 'Exim, BDAT and PIPELINING' => sub {
        my $recorder = Postern::Recorder->new( $daemon->place_of('lan') );
        exim( 'exim-bdat', $recorder->port, 'ESMTP', [qw(L K)], 'hosts_avoid_tls = *' );
        $recorder->stop;
        my @turns = $recorder->client_turns;
        my $all   = grep { /\AMAIL FROM:.*\r\n(?:RCPT TO:.*\r\n)+BDAT \d+/ } @turns;
        is( $all, $messages, 'MAIL, RCPT and BDAT came in one turn' );
        ok( !grep( { /\ADATA\r\n/ } @turns ), 'nothing came by DATA' );
    };
    subtest 'Exim, DATA and PIPELINING' => sub {
        my $recorder = Postern::Recorder->new( $daemon->place_of('lan') );
        exim( 'exim-data', $recorder->port, 'ESMTP', ['L'],
            'hosts_avoid_tls = *', 'hosts_try_chunking =' );
        $recorder->stop;
        my $all =
          grep { /\AMAIL FROM:.*\r\n(?:RCPT TO:.*\r\n)+DATA\r\n\z/ } $recorder->client_turns;
        is( $all, $messages, 'MAIL, RCPT and DATA came in one turn' );
    };
    subtest 'Exim, BDAT and PIPELINING under TLS' => sub {
        exim(
            'exim-tls', $daemon->place_of('starttls'), 'ESMTPS', [ 'L', 'K', 'X=TLS1.3' ],
            'hosts_require_tls = *', 'tls_verify_certificates = ' . $daemon->certificate
        );
    };
    subtest 'Exim, LMTP' => sub {
        exim( 'exim-lmtp', $daemon->place_of('lmtp'), 'LMTP', ['K'], 'protocol = lmtp' );
    };
}

# ---- Postfix

# It says BODY=8BITMIME exactly when that is so.  What it takes from standard input as an SMTP
# server loses RET and ENVID.
sub postfix {
    my ( $batch, $with, $next, %settings ) = @_;
    my $relay = Postern::Postfix->new( $next, %settings );
    relay_batch( $batch, $relay,
        sub { return { with => $with, body => is_8bit( $_[0] ) ? '8BITMIME' : '7BIT' } } );
    return;
}

SKIP: {
    my $obstacle = Postern::Postfix->obstacle;
    skip "there is no Postfix: $obstacle", 4 if $obstacle;

    subtest 'Postfix, PIPELINING' => sub {
        my $recorder = Postern::Recorder->new( $daemon->place_of('lan') );
        postfix( 'postfix', 'ESMTP', 'smtp:[127.0.0.1]:' . $recorder->port );
        $recorder->stop;
        my $all =
          grep { /\AMAIL FROM:.*\r\n(?:RCPT TO:.*\r\n)+DATA\r\n\z/ } $recorder->client_turns;
        is( $all, $messages, 'MAIL, RCPT and DATA came in one turn' );
    };
    subtest 'Postfix, TLS' => sub {
        postfix(
            'postfix-tls', 'ESMTPS', 'smtp:[127.0.0.1]:' . $daemon->place_of('starttls'),
            smtp_tls_security_level    => 'verify',
            smtp_tls_CAfile            => $daemon->certificate,
            smtp_tls_verify_cert_match => 'localhost',
        );
    };
    subtest 'Postfix, LMTP over a Unix-domain socket' => sub {
        postfix( 'postfix-lmtp', 'LMTP', 'lmtp:unix:' . $daemon->place_of('lmtp_local') );
    };
    delivers 'Postfix, DSN', $daemon, sub {
        my $relay = Postern::Postfix->new( 'smtp:[127.0.0.1]:' . $daemon->place_of('lan') );
        $relay->send_mail( text_of_message( 'dsn', 1 ),
            '-N', 'success,delay', qw(-f alice@example.org -R hdrs -V a+b=c bob@example.net) );
        $relay->pass_on;
        return '';
      },
      from       => $sender,
      recipients => ['bob@example.net'],
      notes      => ['notify=SUCCESS,DELAY orcpt=rfc822;bob@example.net'],
      words      => { with => 'ESMTP', ret => 'HDRS', envid => 'a+2Bb+3Dc' },
      text       => qr/\n\Q@{[ text_of_message( 'dsn', 1 ) ]}\E\z/;
}

done_testing;
