// Made by "deno task scripts". Not to be edited.
// deno-fmt-ignore-file

/**
 * The scripts of all code points (Script_Extensions, Unicode TR 24), a line for each change: the first
 * code point in hexadecimal, and behind a colon the scripts in which it is used; none for Common and
 * Inherited. Code points that are not assigned are as those before them.
 */
export const SCRIPTS = `\
0:
41:Latn
5b:
61:Latn
7b:
aa:Latn
ab:
b7:Avst Cari Copt Dupl Elba Geor Glag Gong Goth Grek Hani Latn Lydi Mahj Perm Shaw
b8:
ba:Latn
bb:
c0:Latn
d7:
d8:Latn
f7:
f8:Latn
2b9:
2bc:Beng Cyrl Deva Latn Lisu Thai Toto
2bd:
2c7:Bopo Latn
2c8:
2c9:Bopo Latn
2cc:
2cd:Latn Lisu
2ce:
2d7:Latn Thai
2d8:
2d9:Bopo Latn
2da:
2e0:Latn
2e5:
2ea:Bopo
2ec:
300:Cher Copt Cyrl Grek Latn Perm Sunu Tale
301:Cher Cyrl Grek Latn Osge Sunu Tale Todr
302:Cher Cyrl Latn Tfng
303:Glag Latn Sunu Syrc Thai
304:Aghb Cher Copt Cyrl Goth Grek Latn Osge Syrc Tfng Todr
305:Copt Elba Glag Goth Kana Latn
306:Cyrl Grek Latn Perm
307:Copt Dupl Hebr Latn Perm Syrc Tale Tfng Todr
308:Armn Cyrl Dupl Goth Grek Hebr Latn Perm Syrc Tale
309:Latn Tfng
30a:Dupl Latn Syrc
30b:Cher Cyrl Latn Osge
30c:Cher Latn Tale
30d:Latn Sunu
30e:Ethi Latn
30f:
310:Latn Sunu
311:Cyrl Latn Todr
312:
313:Grek Latn Perm Todr
314:
320:Latn Syrc
321:
323:Cher Dupl Kana Latn Syrc
324:Cher Dupl Latn Syrc
325:Latn Syrc
326:
32d:Latn Sunu Syrc
32e:Latn Syrc
32f:
330:Cher Latn Syrc
331:Aghb Cher Goth Latn Sunu Thai
332:
342:Grek
343:
345:Grek
346:
358:Latn Osge
359:
35e:Aghb Latn Todr
35f:
363:Latn
370:Grek
374:Copt Grek
376:Grek
37e:
37f:Grek
385:
386:Grek
387:
388:Grek
3e2:Copt
3f0:Grek
400:Cyrl
483:Cyrl Perm
484:Cyrl Glag
485:Cyrl Latn
487:Cyrl Glag
488:Cyrl
531:Armn
589:Armn Geor Glag
58a:Armn
591:Hebr
600:Arab
605:
606:Arab
60c:Arab Gara Nkoo Rohg Syrc Thaa Yezi
60d:Arab
61b:Arab Gara Nkoo Rohg Syrc Thaa Yezi
61c:Arab Syrc Thaa
61d:Arab
61f:Adlm Arab Gara Nkoo Rohg Syrc Thaa Yezi
620:Arab
640:Adlm Arab Mand Mani Ougr Phlp Rohg Sogd Syrc
641:Arab
64b:Arab Syrc
656:Arab
660:Arab Thaa Yezi
66a:Arab
670:Arab Syrc
671:Arab
6d4:Arab Rohg
6d5:Arab
6dd:
6de:Arab
700:Syrc
750:Arab
780:Thaa
7c0:Nkoo
800:Samr
840:Mand
860:Syrc
870:Arab
8e2:
8e3:Arab
900:Deva
951:Beng Deva Gran Gujr Guru Knda Latn Mlym Orya Shrd Taml Telu Tirh
952:Beng Deva Gran Gujr Guru Knda Latn Mlym Orya Taml Telu Tirh
953:
955:Deva
964:Beng Deva Dogr Gong Gonm Gran Gujr Guru Knda Mahj Mlym Nand Onao Orya Sind Sinh Sylo Takr Taml Telu Tirh
965:Beng Deva Dogr Gong Gonm Gran Gujr Gukh Guru Knda Limb Mahj Mlym Nand Onao Orya Sind Sinh Sylo Takr Taml Telu Tirh
966:Deva Dogr Kthi Mahj
970:Deva
980:Beng
9e6:Beng Cakm Sylo
9f0:Beng
a01:Guru
a66:Guru Mult
a70:Guru
a81:Gujr
ae6:Gujr Khoj
af0:Gujr
b01:Orya
b82:Taml
be6:Gran Taml
bf4:Taml
c00:Telu
c80:Knda
ce6:Knda Nand Tutg
cf1:Knda
d00:Mlym
d81:Sinh
e01:Thai
e3f:
e40:Thai
e81:Laoo
f00:Tibt
fd5:
fd9:Tibt
1000:Mymr
1040:Cakm Mymr Tale
104a:Mymr
10a0:Geor
10fb:Geor Glag Latn
10fc:Geor
1100:Hang
1200:Ethi
13a0:Cher
1400:Cans
1680:Ogam
16a0:Runr
1700:Tglg
1720:Hano
1735:Buhd Hano Tagb Tglg
1740:Buhd
1760:Tagb
1780:Khmr
1800:Mong
1802:Mong Phag
1804:Mong
1805:Mong Phag
1806:Mong
18b0:Cans
1900:Limb
1950:Tale
1980:Talu
19e0:Khmr
1a00:Bugi
1a20:Lana
1ab0:
1b00:Bali
1b80:Sund
1bc0:Batk
1c00:Lepc
1c50:Olck
1c80:Cyrl
1c90:Geor
1cc0:Sund
1cd0:Beng Deva Gran Knda
1cd1:Deva
1cd2:Beng Deva Gran Knda
1cd3:Deva Gran Knda
1cd4:Deva
1cd5:Beng Deva
1cd7:Deva Shrd
1cd8:Beng Deva
1cd9:Deva Shrd
1cda:Deva Knda Mlym Orya Taml Telu
1cdb:Deva
1cdc:Deva Shrd
1cde:Deva
1ce0:Deva Shrd
1ce1:Beng Deva
1ce2:Deva
1ce9:Deva Nand
1cea:Beng Deva
1ceb:Deva
1ced:Beng Deva
1cee:Deva
1cf2:Beng Deva Gran Knda Mlym Nand Orya Sinh Telu Tirh Tutg
1cf3:Deva Gran
1cf4:Deva Gran Knda Tutg
1cf5:Beng Deva
1cf7:Beng
1cf8:Deva Gran
1cfa:Nand
1d00:Latn
1d26:Grek
1d2b:Cyrl
1d2c:Latn
1d5d:Grek
1d62:Latn
1d66:Grek
1d6b:Latn
1d78:Cyrl
1d79:Latn
1dbf:Grek
1dc2:
1df8:Cyrl Latn Syrc
1df9:
1dfa:Syrc
1dfb:
1e00:Latn
1f00:Grek
2000:
202f:Latn Mong Phag
2030:
204f:Adlm Arab
2050:
205a:Cari Geor Glag Hung Lyci Orkh
205b:
205d:Cari Grek Hung Mero
205e:
2071:Latn
2074:
207f:Latn
2080:
2090:Latn
20a0:
20f0:Deva Gran Latn
2100:
2126:Grek
2127:
212a:Latn
212c:
2132:Latn
2133:
214e:Latn
214f:
2160:Latn
2189:
2800:Brai
2900:
2c00:Glag
2c60:Latn
2c80:Copt
2d00:Geor
2d30:Tfng
2d80:Ethi
2de0:Cyrl
2e00:
2e17:Copt Latn
2e18:
2e30:Avst Orkh
2e31:Avst Cari Geor Hung Kthi Lydi Samr
2e32:
2e3c:Dupl
2e3d:
2e41:Adlm Arab Hung
2e42:
2e43:Cyrl Glag
2e44:
2e80:Hani
2ff0:Hani Tang
3000:
3001:Bopo Hang Hani Hira Kana Mong Yiii
3002:Bopo Hang Hani Hira Kana Mong Phag Yiii
3003:Bopo Hang Hani Hira Kana
3004:
3005:Hani
3008:Bopo Hang Hani Hira Kana Mong Tibt Yiii
300a:Bopo Hang Hani Hira Kana Lisu Mong Tibt Yiii
300c:Bopo Hang Hani Hira Kana Yiii
3012:
3013:Bopo Hang Hani Hira Kana
3014:Bopo Hang Hani Hira Kana Yiii
301c:Bopo Hang Hani Hira Kana
3020:
3021:Hani
302a:Bopo Hani
302e:Hang
3030:Bopo Hang Hani Hira Kana
3031:Hira Kana
3036:
3037:Bopo Hang Hani Hira Kana
3038:Hani
303c:Hani Hira Kana
303e:Hani
3041:Hira
3099:Hira Kana
309d:Hira
30a0:Hira Kana
30a1:Kana
30fb:Bopo Hang Hani Hira Kana Yiii
30fc:Hira Kana
30fd:Kana
3105:Bopo
3131:Hang
3190:Hani
31a0:Bopo
31c0:Hani
31ef:Hani Tang
31f0:Kana
3200:Hang
3220:Hani
3248:
3260:Hang
327f:
3280:Hani
32b1:
32c0:Hani
32cc:
32d0:Kana
32ff:Hani
3300:Kana
3358:Hani
3371:
337b:Hani
3380:
33e0:Hani
33ff:
3400:Hani
4dc0:
4e00:Hani
a000:Yiii
a4d0:Lisu
a500:Vaii
a640:Cyrl
a66f:Cyrl Glag
a670:Cyrl
a6a0:Bamu
a700:Hani Latn
a708:
a722:Latn
a788:
a78b:Latn
a800:Sylo
a830:Deva Dogr Gujr Guru Khoj Knda Kthi Mahj Mlym Modi Nand Shrd Sind Takr Tirh Tutg
a833:Deva Dogr Gujr Guru Khoj Knda Kthi Mahj Modi Nand Shrd Sind Takr Tirh Tutg
a836:Deva Dogr Gujr Guru Khoj Kthi Mahj Modi Sind Takr Tirh
a838:Deva Dogr Gujr Guru Khoj Kthi Mahj Modi Shrd Sind Takr Tirh
a839:Deva Dogr Gujr Guru Khoj Kthi Mahj Modi Sind Takr Tirh
a840:Phag
a880:Saur
a8e0:Deva
a8f1:Beng Deva Tutg
a8f2:Deva
a8f3:Deva Taml
a8f4:Deva
a900:Kali
a92e:Kali Latn Mymr
a92f:Kali
a930:Rjng
a960:Hang
a980:Java
a9cf:Bugi Java
a9d0:Java
a9e0:Mymr
aa00:Cham
aa60:Mymr
aa80:Tavt
aae0:Mtei
ab01:Ethi
ab30:Latn
ab5b:
ab5c:Latn
ab65:Grek
ab66:Latn
ab6a:
ab70:Cher
abc0:Mtei
ac00:Hang
f900:Hani
fb00:Latn
fb13:Armn
fb1d:Hebr
fb50:Arab
fd3e:Arab Nkoo
fd40:Arab
fdf2:Arab Thaa
fdf3:Arab
fdfd:Arab Thaa
fdfe:Arab
fe00:
fe2e:Cyrl
fe30:
fe45:Bopo Hang Hani Hira Kana
fe47:
fe70:Arab
feff:
ff21:Latn
ff3b:
ff41:Latn
ff5b:
ff61:Bopo Hang Hani Hira Kana Yiii
ff66:Kana
ff70:Hira Kana
ff71:Kana
ff9e:Hira Kana
ffa0:Hang
ffe0:
10000:Linb
10100:Cpmn Cprt Linb
10102:Cprt Linb
10107:Cprt Lina Linb
10137:Cprt Linb
10140:Grek
10190:
101a0:Grek
101d0:
10280:Lyci
102a0:Cari
102e0:Arab Copt
10300:Ital
10330:Goth
10350:Perm
10380:Ugar
103a0:Xpeo
10400:Dsrt
10450:Shaw
10480:Osma
104b0:Osge
10500:Elba
10530:Aghb
10570:Vith
105c0:Todr
10600:Lina
10780:Latn
10800:Cprt
10840:Armi
10860:Palm
10880:Nbat
108e0:Hatr
10900:Phnx
10920:Lydi
10980:Mero
109a0:Merc
10a00:Khar
10a60:Sarb
10a80:Narb
10ac0:Mani
10af2:Mani Ougr
10af3:Mani
10b00:Avst
10b40:Prti
10b60:Phli
10b80:Phlp
10c00:Orkh
10c80:Hung
10d00:Rohg
10d40:Gara
10e60:Arab
10e80:Yezi
10ec2:Arab
10f00:Sogo
10f30:Sogd
10f70:Ougr
10fb0:Chrs
10fe0:Elym
11000:Brah
11080:Kthi
110d0:Sora
11100:Cakm
11150:Mahj
11180:Shrd
111e1:Sinh
11200:Khoj
11280:Mult
112b0:Sind
11300:Gran
11301:Gran Taml
11302:Gran
11303:Gran Taml
11305:Gran
1133b:Gran Taml
1133d:Gran
11380:Tutg
11400:Newa
11480:Tirh
11580:Sidd
11600:Modi
11660:Mong
11680:Takr
116d0:Mymr
11700:Ahom
11800:Dogr
118a0:Wara
11900:Diak
119a0:Nand
11a00:Zanb
11a50:Soyo
11ab0:Cans
11ac0:Pauc
11b00:Deva
11bc0:Sunu
11c00:Bhks
11c70:Marc
11d00:Gonm
11d60:Gong
11ee0:Maka
11f00:Kawi
11fb0:Lisu
11fc0:Taml
11fd0:Gran Taml
11fd2:Taml
11fd3:Gran Taml
11fd4:Taml
12000:Xsux
12f90:Cpmn
13000:Egyp
14400:Hluw
16100:Gukh
16800:Bamu
16a40:Mroo
16a70:Tnsa
16ad0:Bass
16b00:Hmng
16d40:Krai
16e40:Medf
16f00:Plrd
16fe0:Tang
16fe1:Nshu
16fe2:Hani
16fe4:Kits
16ff0:Hani
17000:Tang
18b00:Kits
18d00:Tang
1aff0:Kana
1b001:Hira
1b120:Kana
1b132:Hira
1b155:Kana
1b170:Nshu
1bc00:Dupl
1cc00:
1d200:Grek
1d2c0:
1d360:Hani
1d372:
1d800:Sgnw
1df00:Latn
1e000:Glag
1e030:Cyrl
1e100:Hmnp
1e290:Toto
1e2c0:Wcho
1e4d0:Nagm
1e5d0:Onao
1e7e0:Ethi
1e800:Mend
1e900:Adlm
1ec71:
1ee00:Arab
1f000:
1f200:Hira
1f201:
1f250:Hani
1f260:
20000:Hani
e0001:
`;
